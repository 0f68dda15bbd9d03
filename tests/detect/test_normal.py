"""Filters made of an alert's own fields say exactly what was chosen."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.base.errors import BadInputError
from watchward.detect.sigma.ir import All, How, Some, Text
from watchward.detect.sigma.normal import Asks, Normal, Scope, filter_in, text_of
from watchward.detect.sigma.rule import LogSource

TEXTS = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=30)
TRICKY = st.sampled_from(
    [
        r"C:\Windows\*",
        r"\\srv\share\\",
        "yes",
        "089",
        "0x1f",
        "null",
        "12:30",
        "%Admins%",
        "a: b",
        "#x",
        "'",
        '"',
        "?\\?",
    ]
)


def normal(**changes) -> Normal:
    known = {
        "id": UUID(int=7),
        "title": "Normal here: Backups Deleted",
        "rule": "3f1c1d6e-0000-4000-8000-000000000001",
        "logsource": LogSource(product="windows", category="process_creation"),
        "asks": (Asks(field="Image", how=How.ENDS, text=r"\backup.exe"),),
        "scope": Scope(),
        "author": "Jo Porter",
        "reason": "The backup does this every night",
        "made_on": date(2026, 3, 1),
        "expires": date(2026, 5, 30),
    }
    return Normal(**{**known, **changes})


@given(st.sampled_from(How), TEXTS | TRICKY, TEXTS | TRICKY, TEXTS | TRICKY)
def test_a_filter_asks_for_just_what_was_chosen_whatever_is_in_it(how, text, device, reason):
    made = normal(
        asks=(Asks(field="CommandLine", how=how, text=text),), scope=Scope(device=device), reason=reason, author=reason
    )

    found = filter_in(text_of(made))

    assert found.hidden == All((Text("CommandLine", how, text), Text("@device", How.EQUALS, device)))
    assert (found.description, found.author) == (reason.strip(), reason.strip())


def test_the_scope_stands_in_the_filter_and_so_does_its_expiry():
    found = filter_in(text_of(normal(scope=Scope(organisations=("XA1", "XA2")))))

    scope = Some((Text("@organisation", How.EQUALS, "XA1"), Text("@organisation", How.EQUALS, "XA2")))
    assert found.hidden == All((Text("Image", How.ENDS, r"\backup.exe"), scope))
    assert (found.rules, found.expires) == (("3f1c1d6e-0000-4000-8000-000000000001",), date(2026, 5, 30))
    assert found.title == "Normal here: Backups Deleted"


@pytest.mark.parametrize(
    "asks",
    [
        (),
        (Asks(field="Image", how=How.CONTAINS, text=""),),
        (Asks(field="Image", how=How.CONTAINS, text="x" * 2_001),),
        (Asks(field="Image|re", how=How.EQUALS, text=".*"),),
        (Asks(field="", how=How.CONTAINS, text="x"),),
        (Asks(field="@organisation", how=How.EQUALS, text="XA9"),),
        (Asks(field="Image", how=How.EQUALS, text="x"), Asks(field="Image", how=How.EQUALS, text="y")),
    ],
)
def test_what_asks_for_nothing_too_much_or_not_for_a_field_is_refused(asks):
    with pytest.raises(BadInputError):
        text_of(normal(asks=asks))


def test_a_scope_of_very_many_organisations_is_one_file():
    codes = tuple(f"X{number:05d}" for number in range(15_000))

    assert len(list(filter_in(text_of(normal(scope=Scope(organisations=codes)))).hidden.parts[1].parts)) == 15_000
