"""Maps of care that Hypothesis makes: small, with circles, alternatives, sites, suppliers and several boards."""

from hypothesis import strategies as st

from harm.builders import a_device, a_map, a_place, a_service, a_supplier, a_system, needs
from watchward.estate.care.service import ServiceKind, Week
from watchward.estate.care.system import Sensitivity, SystemKind
from watchward.harm.scenario import Failure, Scenario

EXAMPLES = 40
"""How many maps each law is tried on; by hand, before a change, many more."""

SERVICE_KINDS = (
    ServiceKind.EMERGENCY_DEPARTMENT,
    ServiceKind.GP_APPOINTMENTS,
    ServiceKind.OUTPATIENTS,
    ServiceKind.PATHOLOGY,
)
SYSTEM_KINDS = (SystemKind.PATIENT_RECORD, SystemKind.NETWORK, SystemKind.LABORATORY)
SHARES = (0.25, 0.5, 1.0)


@st.composite
def places(draw):
    codes = [f"T{at}" for at in range(draw(st.integers(1, 3)))]
    found = [
        a_place(one, icb=draw(st.sampled_from(["", "Q1", "Q2"])), region=draw(st.sampled_from(["", "R1"])))
        for one in codes
    ]
    if draw(st.booleans()):
        found.append(a_place("T0X", site_of="T0", icb=found[0].icb, region=found[0].region))
    return found


@st.composite
def own_numbers(draw):
    if draw(st.booleans()):
        return {}
    floor = draw(st.sampled_from([0.0, 0.3, 0.7]))
    return {
        "buffer_hours": draw(st.sampled_from([0.0, 0.5, 3.0])),
        "floor": floor,
        "manual": draw(st.sampled_from([floor, 0.8, 1.0])),
        "manual_hours": draw(st.sampled_from([1.0, 12.0])),
    }


@st.composite
def maps(draw):
    where = draw(places())
    codes = st.sampled_from([one.code for one in where])
    suppliers = [a_supplier(f"S{at}") for at in range(draw(st.integers(0, 2)))]
    hosts = st.sampled_from(["", *[one.code for one in where], *[one.id for one in suppliers]])
    services = [
        a_service(
            f"{draw(codes)}/service{at}",
            kind=draw(st.sampled_from(SERVICE_KINDS)),
            weekly=draw(st.sampled_from([0.0, 168.0, 5000.0])),
            week=draw(st.sampled_from(Week)),
        )
        for at in range(draw(st.integers(1, 5)))
    ]
    systems = [
        a_system(
            f"{draw(codes)}/system{at}",
            kind=draw(st.sampled_from(SYSTEM_KINDS)),
            host=draw(hosts),
            records=draw(st.sampled_from([(), ((Sensitivity.CLINICAL, 1000), (Sensitivity.SPECIAL, 20))])),
        )
        for at in range(draw(st.integers(0, 5)))
    ]
    devices = [a_device(f"{draw(codes)}/device{at}") for at in range(draw(st.integers(0, 1)))]
    things = [*services, *systems, *suppliers, *devices]
    ends = st.sampled_from([one.id for one in things])
    dependencies = [
        needs(
            draw(ends),
            draw(ends),
            group=draw(st.sampled_from(["", "a"])),
            share=draw(st.sampled_from(SHARES)),
            **draw(own_numbers()),
        )
        for _ in range(draw(st.integers(0, 10)))
    ]
    return a_map(*things, places=where, dependencies=dependencies)


@st.composite
def failures(draw, care, hours):
    starts = sorted(draw(st.sets(st.integers(0, hours), min_size=1, max_size=3)))
    steps = tuple((start, draw(st.sampled_from([0.0, 0.4, 0.9, 1.0]))) for start in starts)
    return Failure(thing=draw(st.sampled_from(sorted(care.identifiers()))), steps=steps, exposes=draw(st.booleans()))


@st.composite
def scenarios(draw, care, most=3):
    hours = draw(st.sampled_from([1, 7, 30]))
    found = draw(st.lists(failures(care, hours), min_size=0, max_size=most))
    return Scenario(begins=draw(st.integers(0, 167)), hours=hours, failures=tuple(found))


@st.composite
def cases(draw):
    care = draw(maps())
    return care, draw(scenarios(care))
