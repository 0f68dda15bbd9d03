"""One rule and the events of some files: what `watchward rules explain` tells."""

import heapq
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from watchward.base.errors import BadInputError
from watchward.detect.correlate.rule import Correlation
from watchward.detect.events import event_at
from watchward.detect.explain.outline import outline_in
from watchward.detect.explain.why import Outline, Verdict, Why, why
from watchward.detect.sigma import ir, placeholders, rules
from watchward.detect.sigma.filters import called
from watchward.detect.sigma.rule import Refusal, Rejected, Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.node.scan.files import Kind, find
from watchward.node.scan.parts import Part, Reading
from watchward.node.scan.stored import Stored
from watchward.telemetry.decode import Decoder
from watchward.telemetry.registry import Registry

STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A rule that somebody asks about, with what may hide its matches."""

    rule: Rule
    outline: Outline
    loaded: RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the rule stands to one event: `number` is where it is in its file, from 1, or its record number."""

    path: str
    number: int
    observed_at: datetime
    device: str
    why: Why


@dataclass(slots=True, kw_only=True)
class Answers:
    """How a rule stands to the events of some files: the nearest of them, and how many there are of each verdict."""

    nearest: list[Answer]
    verdicts: Counter[Verdict]
    broken: list[str]


def asked_for(name: str, folders: Sequence[Path], *, cache: Path | None) -> Asked:
    """The rule that somebody names by id, title, name or file.

    Raises:
        BadInputError: there is none, there are several, or it does not load.

    """
    file = Path(name)
    given = [file, *folders] if file.is_file() else list(folders)
    loaded = rules.load(given, cache=cache, learn=False)
    known: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    found = (
        [one for one in known if one.path == file]
        if file.is_file()
        else [one for one in known if _is_called(one, name)]
    )
    rule = _only(found, name, _faults(loaded, file))
    own = placeholders.read(given).values
    return Asked(rule=rule, outline=outline_in(rule.path.read_bytes(), rule, own), loaded=loaded)


def _faults(loaded: RuleSet, file: Path) -> list[Rejected]:
    """What is wrong with a file; that it is in a rule folder as well is not."""
    return [one for one in loaded.rejected if one.path == file and one.kind is not Refusal.DUPLICATE]


def _is_called(one: Rule | Correlation, name: str) -> bool:
    if isinstance(one, Rule) and called(one, name):
        return True
    return name.casefold() in {one.id.casefold(), one.title.casefold()}


def _only(found: Sequence[Rule | Correlation], name: str, rejected: Sequence[Rejected]) -> Rule:
    if rejected and not found:
        raise BadInputError(f"{rejected[0].path}:{rejected[0].line}: {rejected[0].reason}.", advice=rejected[0].advice)
    if not found:
        raise BadInputError(
            f"There is no rule {name!r}.", advice="Give its id, its whole title or its file: see watchward rules list."
        )
    if len(found) > 1:
        raise BadInputError(
            f"{len(found):,} rules are meant by {name!r}.",
            advice=f"Give the id of one: {', '.join(one.id for one in found[:5])}.",
        )
    if isinstance(found[0], Correlation):
        raise BadInputError(
            f"“{found[0].title}” is a correlation: it counts what rules find, and matches no event by itself.",
            advice=f"Ask about a rule that it reads: {', '.join(found[0].rules)}.",
        )
    return found[0]


def answers(asked: Asked, events: Sequence[str], *, most: int) -> Answers:
    """How a rule stands to the events of some files; of more than `most`, those that come nearest to a match.

    Args:
        asked: the rule.
        events: files and folders, or `-` for standard input.
        most: how many events are explained; all are counted.

    Raises:
        BadInputError: a file is not there, or there is nothing to read.

    """
    fields = _fields(asked)
    reading = Reading(Decoder(Registry.standard().with_fields(fields)), Stored(lambda _: fields, lambda _, __: True))
    verdicts: Counter[Verdict] = Counter()

    def all_of_them(files: Sequence[tuple[Path, Kind]]) -> Iterator[Answer]:
        for part in reading.parts(files):
            for answer in _of(asked, part, fields):
                verdicts[answer.why.verdict] += 1
                yield answer

    with _files(events) as files:
        nearest = heapq.nsmallest(most, all_of_them(files), key=_distance)
    broken = [*reading.account.broken, *(f"{path}: {bad.reason}" for path, bad in reading.account.bad)]
    return Answers(nearest=nearest, verdicts=verdicts, broken=broken)


@contextmanager
def _files(events: Sequence[str]) -> Iterator[Sequence[tuple[Path, Kind]]]:
    """The files with the events; what comes on standard input is put into one for as long as it is read."""
    if STANDARD_INPUT not in events:
        yield find([Path(name) for name in events]).files
        return
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "standard input.ndjson"
        given.write_bytes(sys.stdin.buffer.read())
        yield find([given if name == STANDARD_INPUT else Path(name) for name in events]).files


def _fields(asked: Asked) -> frozenset[str]:
    """The fields that the rule and the filters for it read."""
    filters = (ir.fields(one.hidden) for one in asked.loaded.filters if one.is_for(asked.rule))
    return frozenset(ir.fields(asked.rule.condition)).union(*filters)


def _of(asked: Asked, part: Part, fields: frozenset[str]) -> Iterator[Answer]:
    envelope = part.batch.select(["observed_at", "device", "product", "category", "service"]).to_pylist()
    for row, known in enumerate(envelope):
        yield Answer(
            path=part.path.name,
            number=int(part.records[row]),
            observed_at=known["observed_at"],
            device=known["device"],
            why=why(
                asked.rule,
                event_at(part.batch, row, fields),
                source=(known["product"], known["category"], known["service"]),
                outline=asked.outline,
                filters=asked.loaded.filters,
            ),
        )


_NEAREST_FIRST: Final = (Verdict.MATCHED, Verdict.HIDDEN, Verdict.NOT_MET, Verdict.OTHER_EVENTS)


def _distance(answer: Answer) -> tuple[int, int]:
    """How far an event is from a match: what has least to be otherwise is nearest."""
    return _NEAREST_FIRST.index(answer.why.verdict), len(answer.why.lacks)
