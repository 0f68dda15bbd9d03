"""Bring together what an exercise did and what was matched: from a node's journal, or by detecting here and now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

import numpy as np

from watchward.base.errors import BadInputError
from watchward.detect.correlate import program
from watchward.detect.match import Match, Purpose
from watchward.detect.plan import plan as plans
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes, purposes_of
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import Level
from watchward.gateway.matched import matches_of
from watchward.lake import journal
from watchward.node.exercise import keys, ledger
from watchward.node.exercise.emitted import Emitted
from watchward.node.exercise.moment import microseconds
from watchward.node.exercise.play import A_MONDAY_MORNING, LEDGER
from watchward.node.exercise.programme import Programme
from watchward.node.exercise.score import Everyday, Labelled, Score, Terms, score
from watchward.node.exercise.sector import SIZES, Sector, Size
from watchward.node.exercise.stories import Stage, all_stories, find
from watchward.node.home import Home
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

SAMPLE = Size(regions=1, icbs=1, trusts=1, practices=3, care_homes=5, devices=600)
"""The sector whose whole day is looked at for false alerts: small, so that every event of each device is there."""

_CHUNK = 20_000


def of_node(home: Home, *, least: Level = Level.LOW) -> Score:
    """Score the last exercise that ran on a node, from its journal and the exercise's own ledger."""
    run, everyday, attacks = _last_run(ledger.read(keys.folder(home) / LEDGER))
    labelled = [
        Labelled(event_id=event_id, label=attack.label, organisation=attack.organisation, at=attack.at)
        for event_id, attack in ledger.identified(attacks)
    ]
    since = datetime.fromtimestamp(run.start / 1e6, UTC)
    entries = (entry for _, entry in journal.read(home.journal) if entry.received_at >= since)
    return score(
        labelled,
        _alerting(match for entry in entries for match in entry.matches),
        stories=all_stories(),
        everyday=Everyday(events=everyday, device_days=everyday / run.everyday_per_day),
        terms=Terms(speed=run.speed, least=least),
    )


def _alerting(matches: Iterable[Match]) -> Iterator[Match]:
    """The matches that raise alerts."""
    return (match for match in matches if match.purpose is Purpose.ALERT)


def _last_run(lines: Iterable[ledger.Line]) -> tuple[ledger.Run, int, list[ledger.Attack]]:
    run, everyday, attacks = None, 0, list[ledger.Attack]()
    for line in lines:
        if line.run:
            run, everyday, attacks = line.run, 0, []
        elif line.everyday:
            everyday += line.everyday.events
        elif line.attack:
            attacks.append(line.attack)
    if run is None:
        raise BadInputError("The exercise has written nothing down yet.", advice="Wait until it has sent something.")
    return run, everyday, attacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is played when no node runs.

    Args:
        stories: the keys of the stories; none means all.
        performances: how often each is played, at organisations that chance chooses.
        hours: how much of a working day's everyday telemetry is looked at, from 9 in the morning.
        seed: chooses everything that chance decides.

    """

    stories: Sequence[str] = ()
    performances: int = 3
    hours: float = 24.0
    seed: int = 1


def of_rules(folders: Sequence[Path], trial: Trial, *, least: Level = Level.LOW) -> Score:
    """Score rules without a node: play the attacks and a day of everyday telemetry, decode and match them here.

    Raises:
        BadInputError: the folders hold no rule.

    """
    loaded = rules.load(folders)
    if not loaded.rules:
        raise BadInputError(
            "There is no rule in these folders.", advice="Name a folder with Sigma rules: --rules FOLDER"
        )
    purposes = purposes_of(program.compile(loaded.correlations), silent=loaded.silent)
    detector = _Detector(plans.compile(loaded.rules), purposes)
    labelled = list(detector.look(_attacks(trial)))
    sector = Sector(SAMPLE, seed=trial.seed)
    programme = Programme(sector=sector, stories=(), start=microseconds(A_MONDAY_MORNING), seed=trial.seed)
    everyday = programme.everyday()
    end = programme.start + int(trial.hours * 3600 * 1e6)
    natural = everyday.events_per_day / 86_400
    detector.pass_by(_until(everyday.stream(programme.start, natural), end))
    return score(
        labelled,
        _alerting(detector.matches),
        stories=all_stories(),
        everyday=Everyday(events=detector.passed, device_days=everyday.device_days(detector.passed)),
        terms=Terms(least=least, received=False),
    )


def _until(events: Iterator[Emitted], end: int) -> Iterator[Emitted]:
    return takewhile(lambda emitted: emitted.at < end, events)


def _attacks(trial: Trial) -> Iterator[Emitted]:
    """Every story, several times; each begins in the morning of a day of its own, so that no two alerts are one."""
    sector = Sector(SIZES["default"], seed=trial.seed)
    start = A_MONDAY_MORNING
    for story in find(trial.stories):
        for number in range(trial.performances):
            stage = Stage(start=microseconds(start), seed=trial.seed, number=number)
            yield from story.perform(sector, stage)
            start += timedelta(days=1)


class _Detector:
    """Decodes and matches events here, as a gateway does."""

    def __init__(self, plan: Plan, purposes: Purposes) -> None:
        self._plan, self._purposes = plan, purposes
        self._decoder = Decoder(Registry.standard().with_fields(plan.fields), unmapped=False)
        self.matches: list[Match] = []
        self.passed = 0

    def look(self, events: Iterator[Emitted]) -> Iterator[Labelled]:
        """Match the events of attacks, and say what each is called."""
        for chunk in _chunks(events):
            for group, batch_ids in self._matched(chunk):
                yield from (
                    Labelled(event_id=name, label=event.label, organisation=event.site.record.code, at=event.at)
                    for name, event in zip(batch_ids, group, strict=True)
                )

    def pass_by(self, events: Iterator[Emitted]) -> None:
        """Match everyday events."""
        for chunk in _chunks(events):
            self.passed += len(chunk)
            for _ in self._matched(chunk):
                pass

    def _matched(self, chunk: list[Emitted]) -> Iterator[tuple[list[Emitted], list[str]]]:
        """The events by organisation with their identifiers; what matched is kept on the way."""
        groups: dict[str, list[Emitted]] = {}
        for event in chunk:
            groups.setdefault(event.site.record.code, []).append(event)
        for code, group in groups.items():
            received = datetime.fromtimestamp(group[-1].at / 1e6, UTC)
            origin = Origin(organisation=code, source=f"trial-{code}", received_at=received)
            batch = self._decoder.decode_documents([event.document.encode() for event in group], origin).batch
            found = self._plan.match(batch)
            new = np.ones(batch.num_rows, dtype=np.bool_)
            self.matches += matches_of(self._plan, self._purposes, batch, found, new=new, segment="")
            yield group, [name.hex() for name in batch.column("event_id").to_pylist()]


def _chunks(events: Iterator[Emitted]) -> Iterator[list[Emitted]]:
    while chunk := list(islice(events, _CHUNK)):
        yield chunk
