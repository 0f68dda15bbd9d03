import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from watchward.telemetry.atoms import MARKS, Atoms

words = st.text("abc:", min_size=2, max_size=9)
texts = st.lists(st.text("abcABC: \u017fé", max_size=400), max_size=6)


@settings(max_examples=300)
@given(st.lists(words, min_size=1, max_size=8, unique=True), texts)
def test_a_text_is_marked_with_the_words_that_stand_in_it(sought, texts_):
    marks = {word: 1 << number % MARKS for number, word in enumerate(sought)}
    encoded = [text.encode() for text in texts_]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    starts = ends - np.array([len(text) for text in encoded], dtype=np.int64)

    found, hidden = Atoms(marks).within(np.frombuffer(b"".join(encoded), np.uint8), starts, ends)

    expected = [sum(mark for word, mark in marks.items() if word in text.lower()) for text in texts_]
    assert found.tolist() == expected
    assert hidden.tolist() == ["\u017f" in text for text in texts_]
