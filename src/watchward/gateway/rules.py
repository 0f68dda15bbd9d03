"""The rules that a gateway runs, and the decoder that reads for them: made anew when a rule file changes."""

import contextlib
import gc
import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from pathlib import Path

import structlog

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError, WatchwardError
from watchward.detect.correlate import program
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Lives
from watchward.detect.plan import plan as plans
from watchward.detect.plan.budget import Aside, Budget
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes, purposes_of
from watchward.detect.sigma.rule import Rule
from watchward.gateway.measured import Meter
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

log = structlog.get_logger()

_LOOK_EVERY_SECONDS = 5.0
_REPORT = "Report this with what stands above it. The rules before stay in force; change or remove what was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A compiled set of rules, and the decoder that gives each field that they read a column.

    `purposes` says what matches are for, `meter` what matching cost, and `refused` counts the rules that did not load.
    """

    plan: Plan
    purposes: Purposes
    decoder: Decoder
    refused: int
    meter: Meter | None = None

    @property
    def aside(self) -> list[tuple[Rule, Aside]]:
        """The rules that cost more than one rule may, and are not matched for now."""
        return [(self.plan.rules[one.rule], one) for one in self.plan.set_aside()]


class Rules:
    """Keeps a detection of what the rule folders hold.

    While a changed set is compiled the one before stays in force, and so it does where the new one cannot be compiled:
    a batch always has rules, and never waits for them.
    """

    def __init__(self, folders: Sequence[Path], *, cache: Path, clock: Clock) -> None:
        self._ends: date | None = None
        self._folders = folders
        self._clock = clock
        self._cache = cache
        self._version = _version(folders)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rules", daemon=True)
        self._named: Sequence[Aside] = ()
        self._unasked = 0
        self.current = self._first()

    def start(self) -> None:
        """Begin to look for changes."""
        _settle()
        self._thread.start()

    def stop(self) -> None:
        """Look no longer; a compilation that has begun is not waited for."""
        self._stop.set()

    def look(self) -> None:
        """Compile the rules again if any file has changed, or a filter has expired."""
        version = _version(self._folders)
        expired = self._ends is not None and self._clock.now().date() >= self._ends
        if version == self._version and not expired:
            return
        self._version = version
        try:
            self.current, self._named, self._unasked = self._compiled(), (), 0
        except (WatchwardError, OSError) as error:
            log.error("rules_not_loaded", reason=str(error))  # noqa: TRY400 - the reason is all there is to say
        except Exception:
            # Whatever a fault of ours raises for these rules, later changes must still be taken in.
            log.exception("rules_not_loaded", advice=_REPORT)

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_SECONDS):
            before = self.current
            self._name_aside()
            self.look()
            if self.current is not before:
                del before
                _settle()

    def _name_aside(self) -> None:
        """Say in the log which rules were set aside, and tried again, since the last look."""
        plan = self.current.plan
        aside, unasked = plan.set_aside(), plan.unasked()
        for one in (one for one in aside if one not in self._named):
            rule = plan.rules[one.rule]
            cost = {"nanoseconds_an_event": one.nanoseconds, "share": round(one.share, 2), "unasked": one.unasked}
            when = {"since": one.since.isoformat(), "until": one.until.isoformat()}
            whose = {"organisation": one.organisation, "source": one.source}
            log.warning("rule_set_aside", rule=rule.id, title=rule.title, path=str(rule.path), **when, **whose, **cost)
        for one in (one for one in self._named if one not in aside):
            log.info("rule_tried_again", rule=plan.rules[one.rule].id, title=plan.rules[one.rule].title)
        if unasked > self._unasked:
            log.warning("comparisons_given_up", comparisons=unasked - self._unasked)
        self._named, self._unasked = aside, unasked

    def _first(self) -> Detection:
        """What the folders hold; where nobody can say what was decided about rules, all of them are in force."""
        try:
            return self._compiled()
        except BadSetupError as error:
            log.error("lives_unreadable", reason=str(error))  # noqa: TRY400 - the reason is all there is to say
            return self._compiled(Lives())

    def _compiled(self, decided: Lives | None = None) -> Detection:
        found = lives.load(self._folders, cache=self._cache, decided=decided, clock=self._clock)
        asked = (*found.rules, *(one.rule for one in found.hidden))
        plan = plans.compile(asked, cache=self._cache, budget=Budget(), now=self._clock.now)
        purposes = purposes_of(
            program.compile(found.correlations), silent=found.silent, trial=found.trial, hidden=found.hidden
        )
        log.info(
            "rules_loaded",
            rules=len(found.rules),
            trial=len(found.trial),
            correlations=len(found.correlations),
            refused=len(found.rejected),
        )
        decoder = Decoder(Registry.standard().with_fields(plan.fields | purposes.names))
        _warm(plan, decoder)
        self._ends = min((one.expires for one in found.filters if one.expires), default=None)
        meter = Meter(plan=plan, since=self._clock.now())
        return Detection(plan=plan, purposes=purposes, decoder=decoder, refused=len(found.rejected), meter=meter)


_SAMPLE = (
    b'{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"a","EventRecordID":1,'
    b'"@timestamp":"2026-01-01T00:00:00Z","Image":"C:\\\\a.exe","CommandLine":"a","other":[1,{"b":null}]}'
)


def _warm(plan: Plan, decoder: Decoder) -> None:
    """Have the compiled loops ready before the first sender waits for them."""
    origin = Origin(organisation="", source="", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    plan.match(decoder.decode_documents([_SAMPLE, b"{}"], origin, body=_SAMPLE).batch)


def _settle() -> None:
    """Have the collector of garbage leave a plan's many objects alone, which live as long as the plan."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _version(folders: Sequence[Path]) -> str:
    """What changes when any file of some folders does."""
    digest = hashlib.blake2b(digest_size=16)
    for folder in folders:
        for path, status in sorted(_files(folder)):
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The rule files of a folder, and what was decided about rules; not what is being unpacked or was put away.

    There are thousands, and they are looked at every few seconds: without `Path`.
    """
    left = [str(folder)]
    while left:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if not entry.name.startswith(".") or fnmatch(entry.name, lives.EARLIER.format("*")):
                        left.append(entry.path)
                elif entry.name.endswith((".yml", ".yaml")) or entry.name == lives.FILE:
                    with contextlib.suppress(FileNotFoundError):
                        yield entry.path, entry.stat()
