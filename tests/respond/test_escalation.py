from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watchward.respond.escalation import GATHER, REPEATS, Told, Waiting, due
from watchward.respond.rota import Duty, Hours, Rota, Step

THREE_AT_NIGHT = datetime(2026, 1, 14, 3, 0, tzinfo=UTC)  # a Wednesday, in winter: London keeps UTC
HIGH, CRITICAL = 3, 4


def a_step(*contacts, wait=15, hours=None):
    return Step(duties=tuple(Duty(contact=c, hours=hours) for c in contacts), wait=timedelta(minutes=wait))


def a_rota(*steps, organisation="XT", tell_from=HIGH, **others):
    return Rota(organisation=organisation, tell_from=tell_from, steps=steps, **others)


def an_alert(key="a1", *, level=CRITICAL, at=THREE_AT_NIGHT, score=90.0):
    return Waiting(key=key, level=level, score=score, raised_at=at)


class Pager:
    """Sends what is due at once, and remembers it: the plainest shell around the decision."""

    def __init__(self, *rotas, alerts):
        self.ladder, self.alerts = {"XT": rotas}, {"XT": alerts}
        self.told, self.last, self.sent = {}, {}, []

    def tick(self, now):
        for notice in due(self.ladder, self.alerts, self.told, self.last, now):
            self.last[notice.contact] = now
            self.sent.append((now, notice.contact, notice.alerts))
            for key in notice.alerts:
                before = self.told.get((notice.contact, key))
                self.told[notice.contact, key] = Told(times=before.times + 1 if before else 1, last_at=now)

    def run(self, minutes, start=THREE_AT_NIGHT):
        for minute in range(minutes + 1):
            self.tick(start + timedelta(minutes=minute))
        return [(int((at - start) / timedelta(minutes=1)), contact) for at, contact, _ in self.sent]


def test_an_alert_at_three_that_nobody_answers_climbs_to_the_next_level_and_to_the_organisation_above():
    trust = a_rota(a_step("ana"), a_step("ben", wait=20))
    icb = a_rota(a_step("icb desk"), organisation="XE")

    said = Pager(trust, icb, alerts=[an_alert()]).run(36)

    assert said == [(0, "ana"), (15, "ben"), (30, "ana"), (35, "icb desk")]


def test_an_acknowledged_alert_tells_nobody_any_more():
    pager = Pager(a_rota(a_step("ana"), a_step("ben")), alerts=[an_alert()])
    pager.run(5)
    pager.alerts = {"XT": []}

    assert pager.run(60) == [(0, "ana")]


def test_an_alert_below_the_set_rank_is_not_told():
    assert Pager(a_rota(a_step("ana")), alerts=[an_alert(level=2)]).run(60) == []


def test_quiet_hours_hold_back_what_can_wait_and_its_clock_stands_still():
    quiet = Hours(begin=time(22), end=time(7))
    rota = a_rota(a_step("ana", wait=30), a_step("ben"), quiet=quiet)

    said = Pager(rota, alerts=[an_alert(level=HIGH)]).run(5 * 60)

    assert said[:2] == [(4 * 60, "ana"), (4 * 60 + 30, "ana")]
    assert (4 * 60 + 30, "ben") in said


def test_quiet_hours_hold_back_nothing_that_cannot_wait():
    rota = a_rota(a_step("ana"), quiet=Hours(begin=time(22), end=time(7)))

    assert Pager(rota, alerts=[an_alert(level=CRITICAL)]).run(1) == [(0, "ana")]


def test_a_step_on_which_nobody_is_on_duty_is_passed_at_once():
    day = Hours(begin=time(8), end=time(18), days=frozenset(range(5)))
    rota = a_rota(a_step("day desk", hours=day), a_step("night desk"))

    assert Pager(rota, alerts=[an_alert()]).run(1) == [(0, "night desk")]


def test_a_rota_that_does_not_climb_keeps_its_alerts():
    trust = a_rota(a_step("ana"), climbs=False)

    assert {contact for _, contact in Pager(trust, a_rota(a_step("icb")), alerts=[an_alert()]).run(120)} == {"ana"}


def test_a_flood_becomes_one_notice_with_the_most_serious_first():
    alerts = [an_alert(f"a{n}", score=n) for n in range(200)]
    pager = Pager(a_rota(a_step("ana")), alerts=alerts)

    pager.tick(THREE_AT_NIGHT)
    pager.alerts["XT"].append(an_alert("late", score=999, at=THREE_AT_NIGHT + timedelta(minutes=1)))
    pager.run(5)

    assert [len(keys) for _, _, keys in pager.sent] == [200, 1]
    assert pager.sent[0][2][0] == "a199"
    assert pager.sent[1][0] == THREE_AT_NIGHT + GATHER


def test_nobody_is_told_of_one_alert_for_ever():
    pager = Pager(a_rota(a_step("ana"), repeat=timedelta(minutes=5)), alerts=[an_alert()])

    assert len(pager.run(24 * 60)) == REPEATS


hours = st.none() | st.builds(
    Hours, begin=st.times(), end=st.times(), days=st.frozensets(st.integers(0, 6), min_size=1)
)
steps = st.builds(
    lambda contacts, wait, on: a_step(*contacts, wait=wait, hours=on),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True),
    st.integers(1, 60),
    hours,
)
rotas = st.builds(
    lambda steps, quiet, level: a_rota(*steps, quiet=quiet, tell_from=level),
    st.lists(steps, min_size=1, max_size=3),
    hours,
    st.integers(0, 4),
)
alerts = st.builds(
    lambda key, level, minutes: an_alert(key, level=level, at=THREE_AT_NIGHT - timedelta(minutes=minutes)),
    st.sampled_from(["a1", "a2", "a3"]),
    st.integers(0, 4),
    st.integers(0, 600),
)


@given(st.lists(rotas, max_size=2), st.lists(alerts, max_size=3, unique_by=lambda a: a.key))
def test_deciding_twice_in_the_same_moment_sends_once(ladder, waiting):
    pager = Pager(*ladder, alerts=waiting)
    pager.tick(THREE_AT_NIGHT)
    sent = list(pager.sent)
    pager.tick(THREE_AT_NIGHT)

    assert pager.sent == sent
    assert len({contact for _, contact, _ in sent}) == len(sent)


@given(st.lists(rotas, max_size=2), alerts, st.integers(0, 120))
def test_waiting_longer_never_takes_an_alert_back_down(ladder, alert, minutes):
    always = [
        a_rota(*(Step(duties=tuple(Duty(contact=d.contact) for d in step.duties), wait=step.wait) for step in r.steps))
        for r in ladder
    ]
    early = {n.contact for n in due({"XT": always}, {"XT": [alert]}, {}, {}, THREE_AT_NIGHT)}
    later = THREE_AT_NIGHT + timedelta(minutes=minutes)

    assert early <= {n.contact for n in due({"XT": always}, {"XT": [alert]}, {}, {}, later)}
