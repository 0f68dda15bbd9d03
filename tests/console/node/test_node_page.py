from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from console.estate.factories import SourceFactory
from console.factories import PostFactory
from lake.days import Node
from lake.journals import MOMENT
from node.listeners import answering
from watchward.access.roles import AUDITOR, NATIONAL_ANALYST
from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock, SystemClock
from watchward.console.access.audit import record
from watchward.console.access.export import export_head
from watchward.console.access.guard import Service
from watchward.console.config import ConsoleConfig, current, use
from watchward.console.detect.models import GivenUp, Projection
from watchward.console.node import health, queries
from watchward.console.node.correlations import correlations
from watchward.console.node.finding import State
from watchward.console.node.jobs import expire_events
from watchward.console.node.models import JobState
from watchward.gateway import state as gateway_state
from watchward.node.projector import Projector


@pytest.fixture
def config(tmp_path):
    return ConsoleConfig(
        home=tmp_path,
        journal=tmp_path / "journal",
        lake=tmp_path / "lake",
        cache=tmp_path / "cache",
        keys=tmp_path / "keys",
        audit_export=tmp_path / "audit",
        gateway_url="https://127.0.0.1:9",
    )


def _about(config, about):
    return next(each for each in health.findings(config, clock=SystemClock()) if each.about == about)


def test_the_page_says_what_needs_somebody_first(client, settings, config):
    settings.WATCHWARD = config
    client.force_login(PostFactory(role=AUDITOR.key, organisation=None).user)
    page = client.get("/node/").content.decode()

    assert "things need somebody." in page
    assert page.index("Nothing answers at https://127.0.0.1:9") < page.index("answers, and has this version")
    assert "Watchward" in page
    assert "Do what pages and commands left to be done later." in page


def test_events_are_counted_from_no_earlier_than_when_the_node_was_made(settings, config):
    settings.WATCHWARD = config
    made = SystemClock().now() - timedelta(minutes=2)
    with transaction.atomic():
        record(AuditEvent.RULES_IMPORTED, by=Service(name="test"), subject="x", clock=HeldClock(at=made))
    viewer = PostFactory(role=AUDITOR.key, organisation=None).user
    figures = queries.figures(viewer, config, now=made + timedelta(minutes=2))

    assert figures.counted_from == made


def test_the_page_is_for_those_who_look_after_the_whole_node(client):
    client.force_login(PostFactory(role=NATIONAL_ANALYST.key).user)

    assert client.get("/node/").status_code == 403
    assert "/node/" not in client.get("/alerts/").content.decode()


def test_a_job_that_failed_is_told_with_its_reason(config):
    JobState.objects.create(name="access.verify_audit_log", error="BadSetupError: Entry 3 was changed.")

    found = _about(config, "Compare the audit log with itself and with its exported heads.")
    assert (found.state, found.found) == (State.BAD, "It failed: BadSetupError: Entry 3 was changed.")


def test_a_worker_that_stands_still_is_noticed(config):
    JobState.objects.create(name="node.clear_out", finished_at=SystemClock().now() - timedelta(hours=3))

    assert "3 hours ago" in _about(config, "Worker").found


def test_a_worker_that_works_is_well(config):
    JobState.objects.create(name="node.clear_out", finished_at=SystemClock().now())

    assert _about(config, "Worker").state is State.GOOD


def test_a_journal_that_was_read_to_its_end_is_well(config):
    assert _about(config, "Projector").state is State.GOOD


def test_the_days_of_events_that_are_held_are_told_and_when_the_oldest_expire(config):
    node = Node(config.home, days=6)

    assert _about(config, "Events").found.startswith("6 days are held, from 24 February 2026 on; the oldest expires on")
    assert _about(config, "Events").state is State.GOOD

    node.clock.at = SystemClock().now()
    node.expire(free=0, wanted=node.size(1) + 1)

    found = _about(config, "Events")
    assert found.state is State.LOOK
    assert "Those up to 25 February 2026 had to make room before their time." in found.found


def test_a_gateway_that_does_not_recognise_events_for_a_whole_day_is_told(config):
    state = gateway_state.State(
        at=MOMENT, started_at=MOMENT, rules=150, waiting_bytes=0, requests=9, refused=2, events=1234,
        duplicates=0, bad=0, unmatched=0, remembered=38_000_000, remembered_bytes=1 << 30, remembers_seconds=7200.0,
    )  # fmt: skip
    (config.journal / "g1").mkdir(parents=True)
    gateway_state.Teller(config.journal / "g1", lambda: state).tell()
    with answering(b'{"status":"ok"}') as port:
        found = health.gateway(config.model_copy(update={"gateway_url": f"https://127.0.0.1:{port}"}))

    assert found.state is State.LOOK
    assert "g1 has received 1,234 events with 150 rules" in found.found
    assert "Events are recognised for 2 hours only" in found.found


def test_rules_that_a_gateway_has_set_aside_are_named(config):
    state = gateway_state.State(
        at=MOMENT, started_at=MOMENT, rules=150, waiting_bytes=0, requests=9, refused=2, events=1234,
        duplicates=0, bad=0, unmatched=0, remembered=38, remembered_bytes=1 << 30, remembers_seconds=90_000.0,
        aside=(
            gateway_state.SetAside(
                title="A Very Long Expression", since=MOMENT, until=MOMENT + timedelta(minutes=5),
                organisation="XA1", source="beats",
            ),
        ),
    )  # fmt: skip
    (config.journal / "g1").mkdir(parents=True)
    gateway_state.Teller(config.journal / "g1", lambda: state).tell()
    with answering(b'{"status":"ok"}') as port:
        found = health.gateway(config.model_copy(update={"gateway_url": f"https://127.0.0.1:{port}"}))

    assert found.state is State.LOOK
    assert "cost too much are not matched for a while: A Very Long Expression (g1, since" in found.found
    assert f"tried again after {MOMENT + timedelta(minutes=5):%H:%M}, while most text was from XA1, source beats)" in (
        found.found
    )


def test_another_program_at_the_gateways_port_is_not_taken_for_it(config):
    with answering(b"<h1>It works!</h1>") as port:
        found = health.gateway(config.model_copy(update={"gateway_url": f"https://127.0.0.1:{port}"}))

    assert found.state is State.BAD
    assert "does not answer as a gateway" in found.found


@pytest.mark.parametrize("gone", ["audit-heads.ndjson", "audit-signing.key"])
def test_heads_without_their_key_and_a_key_without_its_heads_are_told(config, clock, gone):
    record(AuditEvent.ORGANISATIONS_IMPORTED, by=Service(name="worker"), subject="file", clock=clock, count=1)
    export_head(keys=config.keys, folder=config.audit_export, clock=clock)
    next(path for path in config.home.rglob(gone)).unlink()

    found = _about(config, "Audit log")
    assert (found.state, "gone" in found.found or "No head" in found.found) == (State.BAD, True)


def test_a_file_of_heads_that_is_damaged_is_told_and_the_rest_too(config):
    config.audit_export.mkdir()
    (config.audit_export / "audit-heads.ndjson").write_text("damaged")

    assert _about(config, "Audit log").state is State.BAD
    assert _about(config, "Worker").state is State.BAD


def test_the_worker_lets_events_expire_that_alerts_were_made_of(config, request):
    before = current()
    use(config)
    request.addfinalizer(partial(use, before))
    node = Node(config.home, days=6)
    clock = HeldClock(at=MOMENT + timedelta(days=config.events_days))

    expire_events(clock=clock)
    assert node.kept == [1, 2, 3, 4, 5, 6]

    Projector(folder=config.journal, clock=clock).catch_up()
    expire_events(clock=clock)
    assert node.kept == [2, 3, 4, 5, 6]


def test_every_finding_that_is_not_good_says_what_to_do(config):
    assert all(each.advice for each in health.findings(config, clock=SystemClock()) if each.state is not State.GOOD)


def test_what_correlations_left_out_is_told_with_what_to_do(clock):
    SourceFactory(name="Laptops", late=7, late_at=clock.now())
    GivenUp.objects.create(rule="guessing", groups=3, events=4, last_at=clock.now())

    found = list(correlations(clock))

    assert [one.state for one in found] == [State.LOOK, State.LOOK]
    assert "gave up 3 groups with 4 events" in found[0].found
    assert "Laptops (7 since" in found[1].found


def test_correlations_that_failed_are_told(clock):
    Projection.objects.create(pk=1, correlations_failed_at=clock.now())

    assert next(correlations(clock)).state is State.BAD


def test_correlations_that_left_nothing_out_are_well(clock):
    (found,) = correlations(clock)

    assert (found.state, found.found[:12]) == (State.GOOD, "None is run.")
