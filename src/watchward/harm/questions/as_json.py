"""Questions as plain values for JSON. Names of fields are a contract: added to, and never reworded."""

from collections.abc import Iterable
from typing import Any

from watchward.harm.questions import answers
from watchward.harm.questions.finding import Asked
from watchward.harm.questions.question import Question
from watchward.harm.questions.words import Words

_DIGITS = 6


def questions(asked: Asked, words: Words, found: Iterable[Question]) -> dict[str, Any]:
    """Questions in their order, each with what hangs on it and with the answers to choose from."""
    return {"organisation": asked.organisation, "questions": [_question(asked, words, one) for one in found]}


def _question(asked: Asked, words: Words, one: Question) -> dict[str, Any]:
    taken = None if one.value is None else {"low": one.least, "value": one.value, "high": one.most}
    return {
        "key": one.key,
        "sort": one.subject.sort.value,
        "about": list(one.subject.about),
        "text": words.asked(one.subject),
        "hint": words.hint(one.subject),
        "choices": answers.choices(asked, one.subject),
        "taken": taken,
        "worth": round(one.worth, _DIGITS),
        "moved": round(one.moved, _DIGITS),
        "turned": round(one.turned, _DIGITS),
        "moves": {
            "thing": one.thing,
            "harm": round(one.harm, _DIGITS),
            "low": round(one.low, _DIGITS),
            "high": round(one.high, _DIGITS),
        },
    }
