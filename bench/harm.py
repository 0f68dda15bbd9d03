"""How fast harm is worked out: a made-up sector of 40,000 organisations, by processor time of one core.

`python bench/harm.py` asks what-if of the supplier behind 7,500 practices for two weeks, and ranks 60,000 things.
"""

import time

BOARDS = 42
REGIONS = 7
PRACTICES = 7_500
TRUSTS = 210
HOMES = 32_000
THINGS = 60_000
TIMES = 5
FORTNIGHT = 14 * 24


def main() -> int:
    from watchward.harm.model import model
    from watchward.harm.parameters.table import standard
    from watchward.harm.what_if import what_if

    care = sector()
    seconds, laid_out = timed(lambda: model(care, standard()), times=1)
    print(
        f"{len(care.places):,} organisations, {len(care.services):,} services, {len(care.systems):,} systems, "
        f"{len(care.dependencies):,} dependencies; laid out in {seconds:.1f} s"
    )
    fortnight = losing("supplier/records-1", hours=FORTNIGHT)
    seconds, outcome = timed(lambda: what_if(laid_out, fortnight))
    print(
        f"what-if of the supplier behind {PRACTICES:,} practices, {FORTNIGHT} hours: {seconds * 1000:.0f} ms "
        f"(aim 300, stretch 50); {len(outcome.capacity)} classes of things, {len(outcome.laid.cells.kind)} of services"
    )
    seconds, outcome = timed(lambda: what_if(laid_out, fortnight, samples=1000), times=2)
    harm = outcome.harm()
    print(
        f"the same with 1,000 samples: {seconds:.1f} s (aim 30, stretch 4); "
        f"harm {harm.value:.1f} ({harm.low:.1f} to {harm.high:.1f}) severity-weighted patients"
    )
    return ranked(laid_out)


def ranked(laid_out) -> int:
    import random

    from watchward.harm.parameters.drawing import draw
    from watchward.harm.ranking import rank

    everything = rank(laid_out, begins=8, hours=2).things  # compiles first
    things = sorted(everything, key=lambda one: (not one.startswith("supplier/"), "/" in one, one[:2] != "TR"))
    chosen = things[:THINGS]
    for hours in (24, 72):
        seconds, ranking = timed(lambda: rank(laid_out, begins=8, hours=hours, things=chosen), times=3)  # noqa: B023
        print(f"harm of losing each of {len(chosen):,} things for {hours} hours: {seconds:.2f} s (aim 5, stretch 1)")
    draws = draw(laid_out.table, 0, laid_out.activities)
    harm = ranking.harm()
    sample = random.Random(4).sample(range(len(chosen)), 200)
    apart = [
        abs(ranking.lost(ranking.things[at], draws).harm().value - harm[at]) / harm[at] for at in sample if harm[at]
    ]
    print(f"200 random ones against what-if: at most {max(apart):.1e} of the harm apart (aim 1%)")
    for one in ranking.top(20):
        print(f"  {one.thing:30} {one.harm:10.2f}  at {one.organisations:,} organisations")
    seconds, sure = timed(lambda: ranking.sure(10), times=1)
    print(
        f"how sure the first ten places are, 256 samples: {seconds:.1f} s: {[round(one.above_next, 2) for one in sure]}"
    )
    return 0


def timed(work, times=TIMES):
    """The best of several: least processor time in seconds, and the result."""
    work_times = []
    for _ in range(times):
        began = time.process_time()
        result = work()
        work_times.append(time.process_time() - began)
    return min(work_times), result


def losing(*things, hours):
    from watchward.harm.scenario import Failure, Scenario

    return Scenario(begins=8, hours=hours, failures=tuple(Failure(thing=one) for one in things))


def sector():
    from watchward.estate.care.map import CareMap
    from watchward.estate.care.system import Supplier

    made = Sector()
    for kind, count, make in (("TR", TRUSTS, trust), ("GP", PRACTICES, practice), ("CH", HOMES, home)):
        for at in range(count):
            make(made, f"{kind}{at:05}", at)
    names = {one.host for one in made.systems if one.host.startswith("supplier/")}
    return CareMap(
        places=made.places,
        services=tuple(made.services),
        systems=tuple(made.systems),
        suppliers=tuple(Supplier(id=one, name=one) for one in sorted(names)),
        dependencies=tuple(made.dependencies),
    )


class Sector:
    def __init__(self):
        self.places, self.services, self.systems, self.dependencies = {}, [], [], []

    def place(self, code, at, kind):
        from watchward.estate.care.map import Place

        board = at % BOARDS
        self.places[code] = Place(code=code, kind=kind, icb=f"Q{board:02}", region=f"Y{board % REGIONS}")

    def serve(self, code, activity, unsure):
        """Services by kind, with the units of an ordinary week and when they work."""
        from watchward.estate.care.service import Service

        for kind, (weekly, week) in activity.items():
            low, high = weekly / unsure, weekly * unsure
            one = Service(
                id=f"{code}/{kind}", organisation=code, kind=kind, weekly=weekly, low=low, high=high, week=week
            )
            self.services.append(one)

    def run(self, code, kinds):
        """Systems by kind, with their host and the clinical records in them."""
        from watchward.estate.care.system import Sensitivity, System

        for kind, (host, records) in kinds.items():
            held = ((Sensitivity.CLINICAL, records),) if records else ()
            one = System(id=f"{code}/{kind}", organisation=code, kind=kind, host=host, records=held)
            self.systems.append(one)

    def need(self, code, pairs):
        from watchward.estate.care.dependency import Dependency

        self.dependencies += [Dependency(consumer=f"{code}/{a}", provider=f"{code}/{b}") for a, b in pairs]


WEEKLY = {
    "emergency_department": 2400,
    "emergency_admissions": 750,
    "elective_admissions": 840,
    "outpatients": 11_000,
    "theatres": 500,
    "imaging": 4000,
    "pathology": 40_000,
    "maternity": 50,
    "critical_care": 100,
    "pharmacy": 9000,
}
OFFICE = {"elective_admissions", "outpatients", "theatres"}
EVERYWHERE = ("patient_record", "network", "identity", "workstations", "telephony", "email")
OWN = ("network", "identity", "workstations", "telephony", "integration", "e_prescribing", "pharmacy_system")
NEEDS = [
    *[("pathology", "laboratory"), ("pathology", "integration"), ("imaging", "imaging_archive")],
    *[("pharmacy", "pharmacy_system"), ("elective_admissions", "theatres"), ("workstations", "identity")],
    *[("emergency_department", "emergency_admissions"), ("emergency_admissions", "emergency_department")],
    *[("patient_record", "identity"), ("patient_record", "integration")],
    *[(kind, "e_prescribing") for kind in ("emergency_admissions", "critical_care", "emergency_department")],
    *[(kind, "imaging") for kind in ("emergency_department", "theatres", "outpatients")],
    *[(kind, "pathology") for kind in WEEKLY if kind != "pathology"],
    *[(kind, system) for kind in WEEKLY for system in EVERYWHERE],
]


def trust(made, code, at):
    from watchward.estate.care.service import ServiceKind, Week
    from watchward.estate.care.system import SystemKind
    from watchward.estate.organisation import OrganisationKind

    made.place(code, at, OrganisationKind.TRUST)
    size = 0.4 + (at * 37 % 100) / 60
    weeks = {kind: Week.OFFICE if kind in OFFICE else Week.EMERGENCY for kind in WEEKLY}
    made.serve(code, {ServiceKind(kind): (weekly * size, weeks[kind]) for kind, weekly in WEEKLY.items()}, 1.5)
    hosted = {
        "patient_record": (f"supplier/record-{at % 5}", int(600_000 * size)),
        "laboratory": (f"supplier/laboratory-{at % 4}", int(900_000 * size)),
        "imaging_archive": (f"supplier/images-{at % 6}", 0),
        "email": ("supplier/mail", 0),
    }
    made.run(code, {SystemKind(kind): one for kind, one in {**dict.fromkeys(OWN, ("", 0)), **hosted}.items()})
    made.need(code, [*NEEDS, *[(kind, "network") for kind in (*OWN, *hosted) if kind != "network"]])


def practice(made, code, at):
    from watchward.estate.care.service import ServiceKind, Week
    from watchward.estate.care.system import SystemKind
    from watchward.estate.organisation import OrganisationKind

    made.place(code, at, OrganisationKind.GP_PRACTICE)
    size = 0.3 + (at * 61 % 100) / 70
    kinds = {
        SystemKind.PATIENT_RECORD: ("supplier/records-1", int(9000 * size)),
        SystemKind.TELEPHONY: (f"supplier/voice-{at % 9}", 0),
        SystemKind.NETWORK: ("", 0),
        SystemKind.WORKSTATIONS: ("", 0),
    }
    made.serve(code, {ServiceKind.GP_APPOINTMENTS: (900 * size, Week.OFFICE)}, 1.5)
    made.run(code, kinds)
    network = [(kind, SystemKind.NETWORK) for kind in (SystemKind.PATIENT_RECORD, SystemKind.TELEPHONY)]
    made.need(code, [*[(ServiceKind.GP_APPOINTMENTS, kind) for kind in kinds], *network])


def home(made, code, at):
    from watchward.estate.care.service import ServiceKind, Week
    from watchward.estate.care.system import SystemKind
    from watchward.estate.organisation import OrganisationKind

    made.place(code, at, OrganisationKind.CARE_HOME)
    made.serve(code, {ServiceKind.CARE_HOME_MEDICATION: (28.0 * (15 + at % 40), Week.ROUNDS)}, 2.0)
    made.run(code, {SystemKind.CARE_PLANNING: (f"supplier/care-{at % 12}", 40), SystemKind.NETWORK: ("", 0)})
    planning = (ServiceKind.CARE_HOME_MEDICATION, SystemKind.CARE_PLANNING)
    made.need(code, [planning, (SystemKind.CARE_PLANNING, SystemKind.NETWORK)])


if __name__ == "__main__":
    raise SystemExit(main())
