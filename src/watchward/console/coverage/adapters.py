"""How the worker keeps account of what arrives, and of what rules see with it."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import structlog
from django.db import transaction

from watchward.base.clock import Clock
from watchward.console.coverage.arriving import KEPT_DAYS, Ledger
from watchward.console.coverage.models import Arriving, Seeing, Survey, Tallied
from watchward.console.coverage.rules_in_force import InForce, mark, read
from watchward.console.estate.models import Organisation
from watchward.detect.coverage.arrivals import Arrival, Kind
from watchward.detect.coverage.survey import Survey as Held
from watchward.detect.coverage.survey import Tally
from watchward.lake.arriving import since
from watchward.lake.segments import Segment

log = structlog.get_logger(__name__)

TOGETHER: Final = 64
"""Segments whose arrivals are stored in one transaction."""

_CHUNK: Final = 400
_Key = TypeVar("_Key")


def note_arrivals(lake: Path, *, clock: Clock, seconds: float = 20.0) -> int:
    """Take note of what arrived in segments that nobody looked at yet; return of how many.

    It ends after some seconds and goes on where it was when it is called again.
    """
    ends, done = time.monotonic() + seconds, 0
    first_day = clock.now().date() - timedelta(days=KEPT_DAYS)
    kept = _survey()
    found = since(lake, kept.places, first_day=first_day) if lake.is_dir() else iter(())
    while time.monotonic() < ends and (batch := list(islice(found, TOGETHER))):
        _store(batch, clock=clock)
        done += len(batch)
    return done


@transaction.atomic
def _store(batch: Sequence[tuple[Segment, Iterable[Arrival]]], *, clock: Clock) -> None:
    kept = Survey.objects.select_for_update().get(pk=_survey().pk)
    came: dict[tuple[str, str], dict[date, list[Kind]]] = defaultdict(lambda: defaultdict(list))
    for segment, arrivals in batch:
        for one in arrivals:
            came[one.organisation[:100], one.source[:100]][date.fromisoformat(segment.day)].append(one.kind)
        kept.places[segment.gateway] = max(kept.places.get(segment.gateway, 0), segment.last)
    known = _ledgers({organisation for organisation, _ in came})
    changed = []
    for key, days in came.items():
        ledger = known.get(key) or Ledger()
        news = [ledger.note(kinds, day) for day, kinds in sorted(days.items())]
        if any(news):
            changed.append(Arriving(organisation=key[0], source=key[1], content=ledger.content()))
    Arriving.objects.bulk_create(
        changed,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["organisation", "source"],
        update_fields=["content"],
    )
    kept.revision += bool(changed)
    kept.noted_at = clock.now()
    kept.save(update_fields=["places", "revision", "noted_at"])


def _ledgers(organisations: set[str]) -> dict[tuple[str, str], Ledger]:
    found: dict[tuple[str, str], Ledger] = {}
    listed = sorted(organisations)
    for start in range(0, len(listed), _CHUNK):
        for one in Arriving.objects.filter(organisation__in=listed[start : start + _CHUNK]):
            found[one.organisation, one.source] = Ledger.of(bytes(one.content))
    return found


def survey(folders: Sequence[Path], *, cache: Path | None, clock: Clock) -> bool:
    """Hold the rules in force against what arrives, unless nothing changed; return whether that was done."""
    today = clock.now().date()
    kept = _survey()
    of = f"{kept.revision} {mark(folders)} {today}"
    if kept.surveyed_of == of:
        return False
    _drop_old(today)
    found = read(folders, cache=cache)
    held = Held(found.rules, found.correlations, found.serving)
    _save(held, found, _tallies(held, today), of=of, clock=clock)
    return True


def _drop_old(today: date) -> None:
    for one in Arriving.objects.iterator(chunk_size=_CHUNK):
        ledger = Ledger.of(bytes(one.content))
        if ledger.drop_old(today):
            if any(ledger.kinds(today)):
                Arriving.objects.filter(pk=one.pk).update(content=ledger.content())
            else:
                one.delete()


def _sent(today: date) -> Iterator[tuple[str, list[Kind]]]:
    """What each organisation sends, whatever its sources are."""
    code, kinds = "", list[Kind]()
    for one in Arriving.objects.order_by("organisation").iterator(chunk_size=_CHUNK):
        if one.organisation != code:
            if kinds:
                yield code, kinds
            code, kinds = one.organisation, []
        kinds += Ledger.of(bytes(one.content)).kinds(today)
    if kinds:
        yield code, kinds


def _tallies(held: Held, today: date) -> Iterator[tuple[Organisation, bytes | None, bytes]]:
    """For each organisation that sends, or has one below it that does: what it sees itself, and with all below."""
    places = {one.code: one for one in Organisation.objects.all()}
    by_path = {one.path: one for one in places.values()}
    own = {places[code].path: held.packed(kinds) for code, kinds in _sent(today) if code in places}
    unpacked = lru_cache(maxsize=256)(Tally.unpack)
    above: list[tuple[str, Tally]] = []
    for path in [*sorted(own), ""]:
        while above and not path.startswith(above[-1][0]):
            done, tally = above.pop()
            if done in by_path:
                yield by_path[done], own.get(done), tally.pack()
            if above:
                above[-1] = (above[-1][0], above[-1][1] + tally)
        if path:
            # Those between the last one and this one do not send themselves.
            known = len(above[-1][0]) if above else 1
            above += [(between, held.nothing()) for between in _between(path, known)]
            above.append((path, unpacked(own[path])))


def _between(path: str, known: int) -> list[str]:
    """The paths above one that are longer than what is known already."""
    ends = [place + 1 for place, letter in enumerate(path) if letter == "/"]
    return [path[:end] for end in ends if known < end < len(path)]


_Tally = tuple[Organisation, bytes | None, bytes]


@transaction.atomic
def _save(held: Held, found: InForce, tallies: Iterable[_Tally], *, of: str, clock: Clock) -> None:
    changed = _save_tallies(tallies)
    Survey.objects.filter(pk=1).update(
        surveyed_at=clock.now(),
        surveyed_of=of,
        subjects=msgspec.msgpack.encode(held.subjects),
        on_trial=found.on_trial,
        off=found.off,
    )
    log.info("coverage_surveyed", rules=len(held.subjects), changed=changed)


def _save_tallies(tallies: Iterable[_Tally]) -> int:
    """Write the rows that differ from those that stand, and remove what nobody has now; return how many differed."""
    known = set(Tallied.objects.values_list("pk", flat=True))
    stood = {
        row[0]: row[1:] for row in Seeing.objects.values_list("organisation_id", "organisation_path", "own", "whole")
    }
    rows: list[Seeing] = []
    kept: set[str] = set()
    gone = set(stood)
    for organisation, own, whole in tallies:
        mine, below = _keep(own, known) if own else None, _keep(whole, known)
        kept |= {below} | ({mine} if mine else set())
        gone.discard(organisation.pk)
        if stood.get(organisation.pk) != (organisation.path, mine, below):
            rows.append(
                Seeing(organisation=organisation, organisation_path=organisation.path, own_id=mine, whole_id=below)
            )
    Seeing.objects.bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["organisation"],
        update_fields=["organisation_path", "own", "whole"],
    )
    for some in _chunks(gone):
        Seeing.objects.filter(organisation__in=some).delete()
    for unused in _chunks(known - kept):
        Tallied.objects.filter(pk__in=unused).delete()
    return len(rows)


def _keep(content: bytes, known: set[str]) -> str:
    digest = sha256(content).hexdigest()
    if digest not in known:
        Tallied.objects.create(digest=digest, content=content)
        known.add(digest)
    return digest


def _chunks(keys: Iterable[_Key]) -> Iterator[list[_Key]]:
    listed = list(keys)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]


def _survey() -> Survey:
    kept, _ = Survey.objects.get_or_create(pk=1)
    return kept
