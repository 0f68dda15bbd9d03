"""Models kept as columns, and areas of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harm.builders import losing
from harm.strategies import maps
from watchward.harm.columns import columns, model_of
from watchward.harm.identifiers import Numbers, Texts
from watchward.harm.model import model
from watchward.harm.parameters.table import standard
from watchward.harm.what_if import what_if
from watchward.harm.within import area, things_of


@given(maps(), st.data())
def test_a_model_made_of_its_columns_holds_the_same_map_and_gives_the_same_answers(care, data):
    laid_out = model(care, standard())

    again = model_of(columns(laid_out), laid_out.table)

    for table in ("services", "systems", "suppliers", "equipment", "dependencies"):
        assert list(getattr(again.care, table)) == list(getattr(care, table))
    assert list(again.care.places.items()) == list(care.places.items())
    assert tuple(again.ids) == laid_out.ids
    assert dict(again.number) == laid_out.number
    assert (again.needs, again.acts, again.pools.names) == (laid_out.needs, laid_out.acts, laid_out.pools.names)
    asked = losing(data.draw(st.sampled_from(sorted(care.identifiers()))), exposes=True)
    was, now = (what_if(one, asked, samples=4) for one in (laid_out, again))
    assert np.array_equal(was.cells, now.cells)
    assert np.array_equal(was.total.records, now.total.records)


@given(maps(), st.data())
def test_what_an_area_may_lose_is_what_its_map_says(care, data):
    codes = data.draw(st.frozensets(st.sampled_from(sorted(care.places))))
    laid_out = model(care, standard())

    found = area(laid_out, codes)

    assert found.things == things_of(care, codes)
    assert found.systems == {one.id for one in care.systems if one.organisation in codes}
    assert [laid_out.ids[at] for at in laid_out.services.thing[found.services]] == sorted(
        one.id for one in care.services if one.organisation in codes
    )


@given(st.sets(st.text(max_size=5)), st.text(max_size=5))
def test_texts_in_one_array_are_found_as_in_a_dictionary(some, asked):
    texts = Texts.of(sorted(some))
    numbers = Numbers(texts)

    assert list(texts) == sorted(some)
    assert texts[:] == sorted(some)
    assert dict(numbers) == {one: at for at, one in enumerate(sorted(some))}
    assert numbers.get(asked) == dict(numbers).get(asked)
