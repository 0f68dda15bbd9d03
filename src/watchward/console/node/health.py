"""Whether the node is well: each finding says what was looked at, what was found, and what to do about it."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.console.access.export import PRIVATE_KEY, read_heads
from watchward.console.access.guard import Service
from watchward.console.config import ConsoleConfig
from watchward.console.database import advice_on
from watchward.console.detect.models import Projection
from watchward.console.estate.arrivals import refused_since
from watchward.console.jobs import all_jobs
from watchward.console.node.certificates import certificates
from watchward.console.node.correlations import correlations
from watchward.console.node.finding import Finding, State
from watchward.console.node.listener import said
from watchward.console.node.models import JobState
from watchward.console.rules.presenters import need_words
from watchward.console.rules.queries import needing
from watchward.gateway import state as gateway_state
from watchward.gateway.state import told
from watchward.lake import expiry, journal
from watchward.lake.keep import Keep
from watchward.lake.seen import WINDOW

DISK_LOW, DISK_FULL = 0.15, 0.05
"""The shares of free space below which the disk is called low, and too full to go on."""

LATE = timedelta(minutes=2)
"""How far the projector may lag, and a job be overdue, before somebody should look."""

MOST_NAMED = 3
"""So many rules that need somebody are named; the page Rules has all."""

REFUSED_LATELY = timedelta(days=7)
SHORTENED_LATELY = timedelta(days=7)
EXPORT_LATE = timedelta(hours=2)


def findings(config: ConsoleConfig, *, clock: Clock) -> list[Finding]:
    """Everything about a running node that somebody should know, in the order of the checks."""
    found = [
        disk(config.home),
        events(config, clock),
        gateway(config),
        *certificates(config, clock),
        database(),
    ]
    if found[-1].state is State.BAD:
        return found  # the rest is asked of the database
    try:
        return [
            *found,
            projector(config, clock),
            *correlations(clock),
            *devices(config, clock),
            *rules(clock),
            audit(config, clock),
            *jobs(clock),
        ]
    except (DatabaseError, InterfaceError) as error:
        return [*found[:-1], _silent(error)]


def disk(home: Path) -> Finding:
    """Whether there is room."""
    usage = shutil.disk_usage(home if home.is_dir() else Path())
    share = usage.free / usage.total
    found = f"{usage.free / 1e9:,.1f} GB of {usage.total / 1e9:,.0f} GB are free ({share:.0%})."
    if share >= DISK_LOW:
        return Finding(about="Disk", state=State.GOOD, found=found)
    state = State.BAD if share < DISK_FULL else State.LOOK
    return Finding(
        about="Disk",
        state=state,
        found=found,
        advice="Make room, or move the node's home to a larger disk: a full node refuses telemetry.",
    )


def _free(home: Path) -> int:
    return shutil.disk_usage(home if home.is_dir() else Path()).free


def events(config: ConsoleConfig, clock: Clock) -> Finding:
    """How far back events are held, and whether they had to go before their time."""
    held, keep = expiry.held(config.lake), config.keep
    found, advice, state = _held(held, keep), "", State.GOOD
    forced = held.last.get(expiry.Reason.ROOM)
    if _free(config.home) < config.gateway_free_bytes:
        state = State.BAD
        found += " The disk is so full that the gateway takes nothing more."
        advice = "Make room. Events that the projector has not read, and those of the newest two days, never expire."
    elif forced is not None and clock.now() - forced.at < SHORTENED_LATELY:
        state = State.LOOK
        found += f" Those up to {date.fromisoformat(forced.day):%d %B %Y} had to make room before their time."
        advice = "Move the node's home to a larger disk, or set events_days in config.toml to what this one holds."
    elif keep.free_bytes <= config.gateway_free_bytes:
        state = State.LOOK
        advice = "Set events_free_mib above gateway_free_mib in config.toml: else senders wait before events make room."
    return Finding(about="Events", state=state, found=found, advice=advice)


def _held(held: expiry.Held, keep: Keep) -> str:
    expires = held.next_expiry(keep)
    if expires is None:
        return f"None are held yet; they will be kept for {keep.days} days."
    count = f"{len(held.days):,} {'day is' if len(held.days) == 1 else 'days are'}"
    return f"{count} held, from {held.days[0]:%d %B %Y} on; the oldest expires on {expires:%d %B %Y}."


def database() -> Finding:
    """Whether the database answers and has this version's shape."""
    kind = _kind()
    file = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and file.is_absolute() and not file.is_file():  # to ask would make one
        return Finding(
            about="Database",
            state=State.BAD,
            found=f"{file} is not there.",
            advice="Restore a backup into a new home (watchward restore); a node that starts without it begins anew.",
        )
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError) as error:
        return _silent(error)
    if waiting:
        return Finding(
            about="Database",
            state=State.BAD,
            found=f"{kind} answers, but {len(waiting)} changes of this version are not in it.",
            advice="Restart the node: it brings the database up to date when it starts.",
        )
    return Finding(about="Database", state=State.GOOD, found=f"{kind} answers, and has this version's shape.")


def _kind() -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)


def _silent(error: Exception) -> Finding:
    said = str(error).strip()
    return Finding(
        about="Database", state=State.BAD, found=f"{_kind()} does not answer: {said}.", advice=advice_on(said)
    )


def gateway(config: ConsoleConfig) -> Finding:
    """Whether the gateway answers, and not another program at its port."""
    address = urlsplit(config.gateway_url)
    try:
        answer = said(address.hostname or "", address.port or 443, "/health")
    except OSError as error:
        return Finding(
            about="Gateway",
            state=State.BAD,
            found=f"Nothing answers at {config.gateway_url} ({error.strerror or error}).",
            advice="Start the node (watchward up) or watchward serve gateway, and read logs/gateway-1.log.",
        )
    if answer is None or not answer.startswith(b'{"status":'):
        return Finding(
            about="Gateway",
            state=State.BAD,
            found=f"What listens at {config.gateway_url} does not answer as a gateway.",
            advice="Stop the program that listens there, or set gateway_port in config.toml.",
        )
    return _told(f"It answers at {config.gateway_url}.", told(config.journal))


def _told(answers: str, gateways: Mapping[str, gateway_state.State]) -> Finding:
    """What the gateways say of themselves: whether all was matched, and what is sent again is recognised for a day."""
    found = " ".join([answers, *(_counts(name, one) for name, one in gateways.items())])
    unmatched = sum(one.unmatched for one in gateways.values())
    reach = min((timedelta(seconds=one.remembers_seconds) for one in gateways.values()), default=WINDOW)
    if unmatched:
        state = State.BAD
        found += f" {unmatched:,} events were kept and not matched, because of a fault."
        advice = (
            "Read logs/gateway-1.log, and find what was missed: watchward scan, on the day's folder in lake/events."
        )
    elif aside := [_aside(name, rule) for name, one in gateways.items() for rule in one.aside]:
        state = State.LOOK
        found += f" Rules that cost too much are not matched for a while: {'; '.join(aside)}."
        advice = (
            "See what that source sends; say the rules' expressions in other words, or with contains and startswith."
            " What they missed, watchward scan finds, on the day's folder in lake/events."
        )
    elif unasked := sum(one.unasked for one in gateways.values()):
        state = State.LOOK
        found += f" {unasked:,} comparisons of long values with expressions took too long, and were given up."
        advice = "The page of rules names the dear ones. What was missed, watchward scan finds, in lake/events."
    elif reach < WINDOW:
        state = State.LOOK
        found += f" Events are recognised for {_span(reach)} only: what is sent again later is kept twice."
        advice = "Raise duplicates_mib in config.toml: 27 bytes for each event of a day."
    else:
        state, advice = State.GOOD, ""
    return Finding(about="Gateway", state=state, found=found, advice=advice)


def _aside(name: str, rule: gateway_state.SetAside) -> str:
    whose = f", while most text was from {rule.organisation}, source {rule.source}" if rule.organisation else ""
    return f"{rule.title} ({name}, since {rule.since:%d %B %H:%M}, tried again after {rule.until:%H:%M}{whose})"


def _counts(name: str, told: gateway_state.State) -> str:
    return (
        f"Since {told.started_at:%d %B %H:%M} {name} has received {told.events:,} events with {told.rules:,} rules; it"
        f" asked {told.refused:,} of {told.requests:,} requests to come again."
    )


def projector(config: ConsoleConfig, clock: Clock) -> Finding:
    """Whether what the gateways wrote has become alerts."""
    done = Projection.objects.first()
    position = journal.Position.parse(done.position if done else "")
    ahead = next(iter(journal.read(config.journal, position)), None)
    if ahead is None:
        entries = done.entries if done else 0
        return Finding(
            about="Projector", state=State.GOOD, found=f"It has read all {entries:,} entries of the journal."
        )
    lag = clock.now() - ahead[1].received_at
    found = f"It is {_span(lag)} behind what the gateways received."
    if lag <= LATE:
        return Finding(about="Projector", state=State.GOOD, found=found)
    return Finding(
        about="Projector",
        state=State.BAD,
        found=found,
        advice="Nothing is lost: the journal keeps it. Start watchward serve projector, and read logs/projector.log.",
    )


def devices(config: ConsoleConfig, clock: Clock) -> Iterator[Finding]:
    """Whether any source brings more new devices than it may."""
    refused = refused_since(clock.now().date() - REFUSED_LATELY)
    if refused:
        worst = max(refused, key=lambda source: refused[source])
        yield Finding(
            about="Devices",
            state=State.LOOK,
            found=f"In the last week {sum(refused.values()):,} devices were not made, because their sources named more"
            f" than {config.new_devices_a_day:,} new ones a day, most of them the source {worst}. Events are kept.",
            advice="Give it a new key if it should not name so many; else raise new_devices_a_day in config.toml.",
        )


def rules(clock: Clock) -> Iterator[Finding]:
    """Whether any rule needs somebody."""
    found = needing(Service(name="node"), clock.now())
    if found:
        worst = "; ".join(f"“{one.rule.title}” {need_words(one)}" for one in found[:MOST_NAMED])
        more = f"; and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
        yield Finding(
            about="Rules",
            state=State.LOOK,
            found=f"{worst}{more}.",
            advice="Open the page Rules: put them in force, write a filter, or switch them off.",
        )


def audit(config: ConsoleConfig, clock: Clock) -> Finding:
    """Whether signed heads of the audit log are kept elsewhere."""
    try:
        heads = read_heads(config.audit_export)
    except BadSetupError as error:
        return Finding(about="Audit log", state=State.BAD, found=error.message, advice=error.advice)
    advice = "The worker exports one every 15 minutes. Start watchward serve worker, and read logs/worker.log."
    key = config.keys / PRIVATE_KEY
    if bool(heads) != key.is_file():
        found = f"{key} is gone, with which heads were signed." if heads else f"No head is in {config.audit_export}."
        return Finding(
            about="Audit log",
            state=State.BAD,
            found=found,
            advice="Bring it back from a backup of the node's home." if heads else "Run watchward audit verify.",
        )
    if not heads:
        return Finding(about="Audit log", state=State.LOOK, found="No signed head was exported yet.", advice=advice)
    last_try = JobState.objects.filter(name="access.export_audit_head").first()
    tried = last_try.succeeded_at if last_try else None
    late = tried is None or clock.now() - tried > EXPORT_LATE
    found = f"The last of {len(heads):,} signed in {config.audit_export} is of entry {heads[-1].number:,}."
    return Finding(
        about="Audit log",
        state=State.LOOK if late else State.GOOD,
        found=found,
        advice=advice if late else "",
    )


def jobs(clock: Clock) -> Iterator[Finding]:
    """Whether scheduled work is done."""
    states = {state.name: state for state in JobState.objects.all()}
    registered = all_jobs()
    for job in registered:
        state = states.get(job.name)
        if state is not None and state.error:
            yield Finding(
                about=job.purpose,
                state=State.BAD,
                found=f"It failed: {state.error.splitlines()[0]}",
                advice="Read logs/worker.log. It is tried again after its interval.",
            )
    latest = max((state.finished_at for state in states.values() if state.finished_at), default=None)
    if latest is None or clock.now() - latest > LATE:
        yield Finding(
            about="Worker",
            state=State.BAD,
            found=f"Scheduled work was last done {_span(clock.now() - latest)} ago." if latest else "It never ran.",
            advice="Start watchward serve worker, and read logs/worker.log.",
        )
    else:
        yield Finding(about="Worker", state=State.GOOD, found=f"It does {len(registered)} jobs on their schedule.")


def _span(span: timedelta) -> str:
    """A length of time in the unit in which people would say it.

    >>> _span(timedelta(minutes=5))
    '5 minutes'

    """
    seconds = max(0, int(span.total_seconds()))
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
