"""Maps of care as Hypothesis draws them: always sound."""

from hypothesis import strategies as st

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System, SystemKind
from watchward.estate.organisation import OrganisationKind

_CODES = ("X-1", "X-2", "X-3")
_WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12).map(str.strip)
_SHARES = st.floats(0, 1)


def _name(kind: str, number: int) -> str:
    return f"{_CODES[number % len(_CODES)]}/{kind}-{number}"


@st.composite
def services(draw, number):
    low, weekly, high = sorted(draw(st.tuples(*[st.floats(0, 2_000)] * 3)))
    return Service(
        id=_name("service", number),
        organisation=_CODES[number % len(_CODES)],
        kind=draw(st.sampled_from(ServiceKind)),
        weekly=weekly,
        low=low,
        high=high,
        week=draw(st.sampled_from(Week)),
    )


@st.composite
def systems(draw, number, hosts):
    records = draw(st.dictionaries(st.sampled_from(Sensitivity), st.integers(1, 10**6)))
    return System(
        id=_name("system", number),
        organisation=_CODES[number % len(_CODES)],
        kind=draw(st.sampled_from(SystemKind)),
        product=draw(_WORDS),
        host=draw(st.sampled_from(["", *hosts])),
        records=tuple(sorted(records.items())),
    )


@st.composite
def _edge(draw, consumer, provider):
    floor, manual = sorted(draw(st.tuples(_SHARES, _SHARES)))
    maybe = draw(st.tuples(*[st.booleans()] * 4))
    return Dependency(
        consumer=consumer,
        provider=provider,
        group=draw(_WORDS),
        buffer_hours=draw(st.floats(0, 100)) if maybe[0] else None,
        floor=floor if maybe[1] else None,
        manual=manual if maybe[2] else None,
        manual_hours=draw(st.floats(0.1, 100)) if maybe[3] else None,
    )


@st.composite
def care_maps(draw):
    """A sound map of up to four things of each sort."""
    counts = draw(st.tuples(*[st.integers(0, 4)] * 4))
    suppliers = tuple(Supplier(id=f"supplier/{n}", name=draw(_WORDS) or "Some") for n in range(counts[0]))
    hosts = [*_CODES, *(one.id for one in suppliers)]
    given_services = tuple(draw(services(n)) for n in range(counts[1]))
    given_systems = tuple(draw(systems(n, hosts)) for n in range(counts[2]))
    equipment = tuple(
        Equipment(id=_name("device", n), organisation=_CODES[n % 3], name=draw(_WORDS) or "SRV01")
        for n in range(counts[3])
    )
    consumers = [one.id for one in (*given_services, *given_systems)]
    providers = [*consumers, *(one.id for one in (*suppliers, *equipment))]
    pairs = [(a, b) for a in consumers for b in providers if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8)) if pairs else []
    return CareMap(
        places={
            code: Place(code=code, kind=OrganisationKind.TRUST, icb="X-I", mapped=draw(st.booleans()))
            for code in _CODES
        },
        services=given_services,
        systems=given_systems,
        suppliers=suppliers,
        equipment=equipment,
        dependencies=tuple(draw(_edge(*pair)) for pair in chosen),
    )
