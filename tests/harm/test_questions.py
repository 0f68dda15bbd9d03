"""The few questions that change a ranking most: those that matter, in the order in which they matter."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harm.builders import a_device, a_map, a_place, a_service, a_supplier, a_system, needs, wholly
from harm.strategies import EXAMPLES, maps
from watchward.base.errors import BadInputError
from watchward.estate.care.checking import check
from watchward.estate.care.map import joined
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind
from watchward.estate.care.tables import TABLES
from watchward.estate.care.templates import Arrangement, Measure, TemplateKind, template
from watchward.harm import naming
from watchward.harm.model import model
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import NEEDS, standard
from watchward.harm.questions import answers
from watchward.harm.questions.answers import HERE, NO, OTHER, YES, Answer
from watchward.harm.questions.finding import Asked, losses, questions
from watchward.harm.questions.question import Sort
from watchward.harm.questions.words import Words
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import what_if

NUMBERS = {Sort.BUFFER, Sort.FLOOR, Sort.MANUAL, Sort.MANUAL_HOURS}


def a_home(kind=TemplateKind.CARE_HOME, **known):
    """What is asked of an organisation whose map is a template."""
    known = Arrangement(template=kind, **known)
    care = replace(template(known, organisation="T1"), places={"T1": a_place(icb="", region="")})
    return Asked(care=care, table=standard(), organisation="T1", known=known)


def after(asked, answer):
    """The same map once an answer is taken."""
    said = answers.said(asked, answer)
    things = {}
    for part in (asked.care, said.care):
        for name in ("services", "systems", "suppliers", "equipment", "dependencies"):
            things |= {(name, TABLES[name].key(one)): one for one in getattr(part, name)}
    care = a_map(places=asked.care.places.values())
    for name in ("services", "systems", "suppliers", "equipment", "dependencies"):
        care = replace(care, **{name: tuple(one for (table, _), one in things.items() if table == name)})
    known = replace(asked.known, measures={**asked.known.measures, **(said.measures or {})}) if asked.known else None
    return replace(asked, care=care, known=known)


def harms(care, things):
    """The harm of losing each of some things for a day, by another way than the questions go."""
    laid_out = model(care, standard())
    found = []
    for thing in things:
        scenario = Scenario(begins=9, hours=24, failures=(Failure(thing=thing, exposes=True),))
        found.append(what_if(laid_out, scenario).harm().value)
    return np.array(found)


def with_number(care, at, name, value):
    """The map with one number of one dependency."""
    one = replace(care.dependencies[at], **{name: value})
    return replace(care, dependencies=(*care.dependencies[:at], one, *care.dependencies[at + 1 :]))


def usual_range(care, dependency, name):
    """What the table says where the map says nothing."""
    kinds = naming.kinds(care)
    return standard().parameters[f"{standard().pair(kinds[dependency.consumer], kinds[dependency.provider])}/{name}"]


def without_twins(care):
    """The map, each pair of things that need each other named once."""
    once = {(one.consumer, one.provider): one for one in care.dependencies}
    return replace(care, dependencies=tuple(once.values()))


@settings(max_examples=EXAMPLES)
@given(maps().map(without_twins))
def test_a_question_is_asked_if_and_only_if_its_answer_can_matter(care):
    asked = Asked(care=care, table=standard(), organisation="T0")
    found = {(*one.subject.about, one.subject.sort): one for one in questions(asked) if one.subject.sort in NUMBERS}
    things = losses(asked).things
    now = harms(care, things)

    for at, one in enumerate(care.dependencies):
        for name in (name for name in NEEDS if getattr(one, name) is None and one.consumer.startswith("T0/")):
            question = found.get((one.consumer, one.provider, Sort(name)))
            usual = usual_range(care, one, name)
            ends = (question.least, question.most) if question else (usual.low, usual.high)
            moved = [np.abs(harms(with_number(care, at, name, end), things) - now).sum() for end in ends]
            if question:
                assert 0.185 * sum(moved) == pytest.approx(question.moved, rel=1e-6, abs=1e-12)
                assert max(moved) > 0
            else:
                assert max(moved) <= 1e-6 * max(now.sum(), 1e-9)


@settings(max_examples=EXAMPLES)
@given(maps().map(without_twins), st.randoms(use_true_random=False))
def test_the_order_of_listing_changes_no_question(care, chance: random.Random):
    shuffled = replace(
        care,
        places=dict(chance.sample(list(care.places.items()), len(care.places))),
        **{
            name: tuple(chance.sample(getattr(care, name), len(getattr(care, name))))
            for name in ("services", "systems", "suppliers", "dependencies")
        },
    )
    one, other = (questions(Asked(care=each, table=standard(), organisation="T0")) for each in (care, shuffled))

    assert {each.key for each in one} == {each.key for each in other}
    assert [each.worth for each in one] == pytest.approx([each.worth for each in other], rel=1e-9)


def test_an_answered_question_is_not_asked_again_and_the_next_one_comes():
    asked = a_home()
    seen = set()
    for _ in range(8):
        first = questions(asked)[0]
        assert first.key not in seen
        seen.add(first.key)
        value = next(iter(answers.choices(asked, first.subject) or ["31"]))
        asked = after(asked, Answer(subject=first.subject, value=value))
        if value == NO:
            asked = replace(asked, passed={*asked.passed, first.key})
        assert not check(asked.care).troubles


def test_what_nobody_knows_is_not_asked_again_and_changes_nothing():
    asked = a_home()
    first, second, *_ = questions(asked)

    left = questions(replace(asked, passed={first.key}))

    assert left[0] == second


def test_an_unknown_size_is_asked_first_of_a_care_home_and_narrows_everything():
    asked = a_home()
    first = questions(asked)[0]
    known = after(asked, Answer(subject=first.subject, value="1,000"))

    assert first.subject.about == (Measure.RESIDENTS,)
    assert (first.least, first.value, first.most) == (8, 28, 70)
    assert known.known.measures == {Measure.RESIDENTS: 1000}
    assert [one.weekly for one in known.care.services] == [24_000]
    assert Sort.SIZE not in {one.subject.sort for one in questions(known)}


def test_a_size_that_comes_after_other_answers_still_scales_what_nobody_counted():
    asked = a_home(TemplateKind.ACUTE_TRUST)
    counted = next(one for one in asked.care.services if one.kind is ServiceKind.MATERNITY)
    own = replace(counted, weekly=90.0, low=90.0, high=90.0)
    services = tuple(own if one == counted else one for one in asked.care.services)
    asked = replace(asked, care=replace(asked.care, services=services))
    size = answers.subject_named(asked, "size beds")

    said = answers.said(asked, Answer(subject=size, value="400"))

    assert own.id not in {one.id for one in said.care.services}
    assert len(said.care.services) == len(services) - 1


def test_a_sites_own_number_is_the_median_and_keeps_half_of_the_range():
    plain = needs("T1/ed", "T1/record")
    told = replace(plain, floor=0.5)
    spreads = []
    for one in (plain, told):
        laid_out = model(a_map(a_service(), a_system(), dependencies=[one]), standard())
        values = laid_out.needs.values(draw(standard(), 256), np.array([0], dtype=np.int32))[:, 0, 1]
        spreads.append(np.log(values / (1 - values)))

    assert np.exp(spreads[1][0]) == pytest.approx(1)
    assert np.ptp(spreads[1]) == pytest.approx(np.ptp(spreads[0]) / 2)


def test_a_second_line_takes_the_harm_of_losing_the_first_away():
    asked = a_home()
    second = next(one for one in questions(asked) if one.key == "second T1/telephony")

    yes = after(asked, Answer(subject=second.subject, value=YES))

    assert harms(yes.care, ["T1/telephony"])[0] == pytest.approx(second.low, abs=1e-12)
    assert check(yes.care).troubles == ()
    assert answers.said(asked, Answer(subject=second.subject, value=NO)).care.dependencies == ()
    assert second.key not in {one.key for one in questions(yes)}


def test_who_runs_a_system_puts_the_supplier_on_the_map_under_the_name_it_has():
    asked = a_home()
    host = answers.subject_named(asked, "host T1/care_planning")

    once = after(asked, Answer(subject=host, value=OTHER, name=" Elm  Care & Co "))
    again = answers.said(once, Answer(subject=host, value=OTHER, name="elm care & co"))
    here = answers.said(asked, Answer(subject=host, value=HERE))

    assert [(one.id, one.name) for one in once.care.suppliers] == [("supplier/elm-care", "Elm Care & Co")]
    assert again.care.suppliers == once.care.suppliers
    assert [one.host for one in here.care.systems] == ["T1"]


def test_a_service_that_has_no_template_is_asked_how_much_there_is_of_it():
    service = a_service(weekly=100.0, low=50.0, high=200.0)
    asked = Asked(care=a_map(service), table=standard(), organisation="T1")

    first = questions(asked)[0]

    assert first.key == "activity T1/ed"
    assert (first.low, first.high) == pytest.approx((first.harm / 2, first.harm * 2))


def test_a_laboratory_elsewhere_is_asked_about_too():
    lab = a_service("L1/pathology", kind=ServiceKind.PATHOLOGY, weekly=9000.0)
    care = a_map(a_service(), lab, places=[a_place(), a_place("L1")], dependencies=[needs("T1/ed", "L1/pathology")])
    asked = Asked(care=care, table=standard(), organisation="T1")
    words = Words(care=care, organisation="T1", names={"L1": "Elm Laboratories"})

    told = [words.asked(one.subject) for one in questions(asked)]

    assert any("laboratory tests of Elm Laboratories stopped working" in one for one in told)


def test_an_organisation_that_gives_no_care_is_asked_nothing():
    assert questions(Asked(care=a_map(places=[a_place()]), table=standard(), organisation="T1")) == []


@pytest.mark.parametrize("value", ["", "many", "-3", "0", "1e300", "nan"])
def test_a_size_that_is_no_number_is_refused_with_advice(value):
    asked = a_home()
    with pytest.raises(BadInputError, match="is no number that can be"):
        answers.said(asked, Answer(subject=questions(asked)[0].subject, value=value))


def test_an_answer_that_was_not_offered_is_refused_with_those_that_were():
    asked = a_home()
    floor = next(one for one in questions(asked) if one.subject.sort is Sort.FLOOR)
    with pytest.raises(BadInputError, match="none of the answers") as refused:
        answers.said(asked, Answer(subject=floor.subject, value="0.3"))

    assert "0.25" in refused.value.advice


@pytest.mark.parametrize(
    "key", ["", "floor", "floor T1/nothing > T1/network", "host T2/network", "size metres", "dance T1/network"]
)
def test_a_question_about_what_is_not_there_is_nobodys(key):
    assert answers.subject_named(a_home(), key) is None


@pytest.mark.parametrize("kind", TemplateKind)
def test_every_question_about_every_template_has_words_and_choices(kind):
    asked = a_home(kind)
    words = Words(care=asked.care, organisation="T1")
    for one in questions(asked):
        assert words.asked(one.subject).endswith("?")
        assert "T1/" not in words.asked(one.subject) + words.hint(one.subject)
        assert answers.subject_named(asked, one.key) == one.subject
        offered = answers.choices(asked, one.subject)
        assert bool(offered) != (one.subject.sort in {Sort.ACTIVITY, Sort.SIZE})


def test_devices_and_suppliers_are_called_by_their_names():
    care = a_map(
        a_service(), a_system(kind=SystemKind.NETWORK), a_device(), a_supplier(), dependencies=[
            wholly("T1/ed", "T1/record"), needs("T1/record", "T1/server"), needs("T1/record", "S1")],
    )  # fmt: skip
    words = Words(care=joined([care]), organisation="T1")

    assert (words.thing("T1/server"), words.thing("S1")) == ("SRV01", "A supplier")
    assert words.thing("T1/record") == "the network and the internet line (record)"


def test_a_service_of_which_there_is_none_in_an_ordinary_week_is_not_asked_about():
    asked = a_home()
    idle = replace(asked.care.services[0], weekly=0.0, low=0.0, high=10.0)
    asked = replace(asked, care=replace(asked.care, services=(idle, *asked.care.services[1:])))

    assert idle.id not in {one for question in questions(asked) for one in question.subject.about}
