"""Organisations of the invented sector that give care and send nothing: every kind that has a template is there.

They make what-ifs, rankings and the map of the sector whole. No attack of the exercise reaches them, so they have no
devices and no source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from watchward.estate.care.templates import Arrangement, Measure, TemplateKind
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.node.exercise import names

DISPATCH: Final = "supplier/dispatch-1"
PHARMACIES: Final = "supplier/pharmacies-1"
PHARMACIES_AN_ICB: Final = 4
_HOME_CARE_AN_ICB: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """One of them.

    Args:
        record: the organisation.
        known: what is known of its size and of those on whom it depends.

    """

    record: OrganisationRecord
    known: Arrangement


@dataclass(frozen=True, kw_only=True)
class _Sort:
    """One kind of them.

    Args:
        letter: what their codes begin with, after `X-`.
        kind: as the register has it.
        template: what they give and need.
        name: what one is called, by its number.
        size: what its size is measured by, the least, and how much more each next one has.
        hosts: where its systems run, by its number.
        outside: what elsewhere it needs, by its number.

    """

    letter: str
    kind: OrganisationKind
    template: TemplateKind
    name: Callable[[int], str]
    size: tuple[Measure, float, float]
    hosts: Callable[[int], dict[str, str]] = lambda _: {}
    outside: Callable[[int], dict[str, str]] = lambda _: {}


def _titled(title: str, first: int, number: int) -> str:
    return title.format(names.place(first + number * 7))


_AMBULANCE: Final = _Sort(
    letter="A",
    kind=OrganisationKind.TRUST,
    template=TemplateKind.AMBULANCE_TRUST,
    name=partial(_titled, "{} Exercise Ambulance Trust", 801),
    size=(Measure.INCIDENTS, 5_200.0, 900.0),
    hosts=lambda _: {"ambulance_cad": DISPATCH},
)
_LABORATORY: Final = _Sort(
    letter="L",
    kind=OrganisationKind.SUPPLIER,
    template=TemplateKind.PATHOLOGY_SUPPLIER,
    name=partial(_titled, "{} Exercise Pathology Laboratories", 842),
    size=(Measure.TESTS, 95_000.0, 12_000.0),
)
_COMMUNITY: Final = _Sort(
    letter="K",
    kind=OrganisationKind.TRUST,
    template=TemplateKind.COMMUNITY_TRUST,
    name=partial(_titled, "{} Exercise Community Trust", 883),
    size=(Measure.CONTACTS, 9_000.0, 1_500.0),
    outside=lambda _: {"pathology": "X-L1/pathology"},
)
_MENTAL_HEALTH: Final = _Sort(
    letter="M",
    kind=OrganisationKind.TRUST,
    template=TemplateKind.MENTAL_HEALTH_TRUST,
    name=partial(_titled, "{} Exercise Mental Health Trust", 1_201),
    size=(Measure.CONTACTS, 4_000.0, 500.0),
)
_CALLS: Final = _Sort(
    letter="U",
    kind=OrganisationKind.INDEPENDENT_PROVIDER,
    template=TemplateKind.URGENT_CARE_111,
    name=partial(_titled, "{} Exercise 111 Service", 1_502),
    size=(Measure.CALLS, 7_500.0, 1_250.0),
    hosts=lambda _: {"triage_111": DISPATCH},
    outside=lambda number: {"gp_appointments": f"X-P{number + 1}/gp_appointments"},
)
_PHARMACY: Final = _Sort(
    letter="D",
    kind=OrganisationKind.PHARMACY,
    template=TemplateKind.PHARMACY,
    name=lambda number: names.house(number + 797, "Pharmacy"),
    size=(Measure.ITEMS, 1_100.0, 173.0),
    # Three of four belong to one chain, whose tills all run in one place.
    hosts=lambda number: {"pharmacy_system": PHARMACIES} if number % 4 else {},
)
_HOME_CARE: Final = _Sort(
    letter="H",
    kind=OrganisationKind.HOME_CARE,
    template=TemplateKind.HOME_CARE,
    name=lambda number: names.house(number + 1_097, "Care at Home"),
    size=(Measure.CLIENTS, 30.0, 17.0),
)


def others(*, regions: int, icbs: int) -> Iterator[Other]:
    """Those of a sector, from its number of regions and integrated care boards."""
    counts = (
        (_AMBULANCE, regions),
        (_LABORATORY, regions),
        (_COMMUNITY, icbs),
        (_MENTAL_HEALTH, icbs),
        (_CALLS, icbs),
        (_PHARMACY, icbs * PHARMACIES_AN_ICB),
        (_HOME_CARE, icbs * _HOME_CARE_AN_ICB),
    )
    for sort, count in counts:
        yield from (_other(sort, number, icbs) for number in range(count if icbs else 0))


def _other(sort: _Sort, number: int, icbs: int) -> Other:
    measure, least, more = sort.size
    return Other(
        record=OrganisationRecord(
            code=f"X-{sort.letter}{number + 1}",
            name=sort.name(number),
            kind=sort.kind,
            parent=f"X-I{number % icbs + 1}",
        ),
        known=Arrangement(
            template=sort.template,
            measures={measure: least + more * (number % 12)},
            hosts=sort.hosts(number),
            outside=sort.outside(number),
        ),
    )


def pharmacy_near(number: int, icbs: int) -> str:
    """The pharmacy that dispenses for the care home of that number, in its area."""
    return f"X-D{number % icbs + icbs * (number // icbs % PHARMACIES_AN_ICB) + 1}/pharmacy"
