"""Rules from folders: what loads, and what does not and why. One bad file never stops the rest."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from watchward.base.clock import Clock, SystemClock
from watchward.base.collection import without_collection
from watchward.base.errors import BadInputError
from watchward.detect.correlate.resolve import resolved
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma import placeholders, store
from watchward.detect.sigma.covering import covers
from watchward.detect.sigma.document import LARGEST, Parsed, parse
from watchward.detect.sigma.filters import Filter, Hidden, applied, hidden_of
from watchward.detect.sigma.rule import Refusal, Rejected, Rule
from watchward.detect.sigma.wire import from_bytes, to_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """What was found in some rule folders, in the order of the folders and of the names in them.

    Args:
        rules: with the filters that are for them.
        correlations: each after those that it reads, with the ids of its rules.
        filters: those that are in force.
        expired: those that no longer are.
        hidden: what the filters that name rules hide of them, to be counted.
        silent: ids of rules and correlations that only serve correlations, and give no alerts of their own.
        trial: the digests of the rules that are on trial, and `trial_correlations` the ids of the correlations.
        off: how many rules and correlations were there and are switched off.
        rejected: what did not load, and why.

    """

    rules: tuple[Rule, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    filters: tuple[Filter, ...] = ()
    expired: tuple[Filter, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    silent: frozenset[str] = frozenset()
    trial: frozenset[str] = frozenset()
    trial_correlations: frozenset[str] = frozenset()
    off: int = 0
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What there is besides some rule folders.

    Args:
        own: the site's values for placeholders; None: those that the folders hold.
        rules: rules that are run beside these, which filters and correlations of the folders may name.

    """

    own: placeholders.Values | None = None
    rules: tuple[Rule, ...] = ()


_CACHE_FILE = "rules.msgpack"
_ENDINGS = (".yml", ".yaml")
_USUAL = 16 * 1024


def load(
    folders: Sequence[Path],
    *,
    cache: Path | None = None,
    learn: bool = True,
    clock: Clock | None = None,
    around: Around | None = None,
) -> RuleSet:
    """Every rule in some folders (or single files).

    Of two rules with one identifier the first counts; folders count in the order given, files by name. A folder may
    hold the site's values for placeholders (`placeholders.FILE`), which count for the rules of all folders.

    Args:
        folders: where to look; `.yml` and `.yaml` files, at any depth, but not in hidden folders.
        clock: tells on which day it is asked which filters are in force; without it the machine's own.
        cache: a folder in which parsed rules are kept by content; without it, every rule is parsed.
        learn: whether the cache is to hold the rules of these folders from now on, and no others.
        around: what else there is; without it, the folders stand for themselves.

    Raises:
        BadInputError: a folder is not there.

    """
    used: store.Entries = {}
    around = around or Around()
    given = placeholders.read(folders) if around.own is None else placeholders.Found(values=around.own)
    with without_collection():
        known = store.read(cache / _CACHE_FILE) if cache else {}
        found = [one for path in _files(folders) for one in _read(path, known, used, given.values)]
    if cache and learn and used.keys() != known.keys():
        store.write(cache / _CACHE_FILE, used)
    today = (clock or SystemClock()).now().date()
    return _without_duplicates([*given.rejected, *found], today, around.rules)


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(Path(path) for path in _paths(folder))


def _paths(folder: Path, name: str = "") -> Iterator[str]:
    """The rule files of a folder in any order, or those of one name. There are thousands: without `Path`."""
    if folder.is_file():
        yield str(folder)
    elif folder.is_dir():
        for parent, names in _walk(folder):
            for one in names:
                if (one == name or not name) and one.endswith(_ENDINGS) and one[0] != "." and one != placeholders.FILE:
                    yield f"{parent}/{one}"
    else:
        raise BadInputError(f"There is no rule folder {folder}.", advice="Give a folder with Sigma rules (.yml).")


def _walk(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Every folder below one, with its files' names; hidden folders are passed over."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, names


def _read(path: Path, known: store.Entries, used: store.Entries, own: placeholders.Values) -> list[Parsed | Rejected]:
    try:
        with path.open("rb") as file:
            content = file.read(_USUAL)  # as much memory is made ready as is asked for
            if len(content) == _USUAL:
                content += file.read(LARGEST + 1 - _USUAL)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        advice = "Check that it is there and that this account may read it."
        return [Rejected(path=path, line=1, kind=Refusal.BROKEN, reason=reason, advice=advice)]
    digest = sha256(content).hexdigest()
    kept = used.get(digest) or known.get(digest)
    if kept is not None:
        try:
            found = from_bytes(kept, path)
        except (ValueError, TypeError, KeyError, IndexError):
            kept = None  # not what this version writes: parse it again
    if kept is None:
        found = parse(content, path)
        kept = to_bytes(found)
    if kept is not None:
        used[digest] = kept
    # What is kept is what the file alone says; a rule that waits for the site's values is parsed anew, with them.
    waits = own and any(isinstance(one, Rejected) and one.kind is Refusal.PLACEHOLDER for one in found)
    return parse(content, path, own) if waits else found


def _without_duplicates(found: Iterable[Parsed | Rejected], today: date, beside: Sequence[Rule]) -> RuleSet:
    known: dict[str, Parsed] = {}
    rejected: list[Rejected] = []
    for one in found:
        if isinstance(one, Rejected):
            rejected.append(one)
        elif (first := known.setdefault(one.id, one)) is not one:
            rejected.append(
                Rejected(
                    path=one.path,
                    line=one.line,
                    kind=Refusal.DUPLICATE,
                    reason=f"it has the same id as {first.path}",
                    advice="Remove one of the two, or give this one an id of its own.",
                )
            )
    return _joined(list(known.values()), rejected, today, [rule for rule in beside if rule.id not in known])


def _joined(known: Sequence[Parsed], rejected: Sequence[Rejected], today: date, beside: Sequence[Rule]) -> RuleSet:
    """What was found, with filters applied and the rules that correlations name looked up."""
    plain = [one for one in known if isinstance(one, Rule)]
    made = [one for one in known if isinstance(one, Filter)]
    filters = [one for one in made if one.in_force(today)]
    named = [*plain, *beside]
    correlations = resolved(named, [one for one in known if isinstance(one, Correlation)])
    return RuleSet(
        rules=applied(plain, filters),
        correlations=correlations.correlations,
        filters=tuple(filters),
        expired=tuple(one for one in made if not one.in_force(today)),
        hidden=hidden_of(plain, filters),
        silent=correlations.silent,
        rejected=(
            *rejected,
            *correlations.rejected,
            *(_idle(one, name) for one in filters for name in one.missed(named)),
            *(told for one in filters if (told := _hides_all(one, named))),
        ),
    )


def _idle(one: Filter, name: str) -> Rejected:
    return Rejected(
        path=one.path,
        line=one.line,
        kind=Refusal.FILTER,
        reason=f"it is for the rule {name!r}, which is not there or reads other events",
        advice="Correct the name or id, or the filter's log source. For its other rules it is in force.",
    )


def _hides_all(one: Filter, rules: Sequence[Rule]) -> Rejected | None:
    """A word of warning where a filter leaves nothing of a rule; it stays in force, as its author wrote it."""
    gone = [rule for rule in rules if one.is_for(rule) and covers(one.hidden, rule.condition, wherever_there=True)]
    if not gone:
        return None
    others = f", and {len(gone) - 1:,} more" if len(gone) > 1 else ""
    return Rejected(
        path=one.path,
        line=one.line,
        kind=Refusal.FILTER,
        reason=f"it hides everything that “{gone[0].title}” could find{others}",
        advice="Ask for more than the rule itself does. It is in force as it stands.",
    )


def named(
    folders: Sequence[Path], *, file: str, id_: str, digest: str = "", own: placeholders.Values | None = None
) -> Rule | None:
    """One rule by the name of its file and its id, without filters; of several, the one with this digest.

    Only files of that name are read, so that this is quick however many rules there are. None where it is gone.
    """
    if not file:
        return None
    own = placeholders.read(folders).values if own is None else own
    paths = [Path(path) for folder in folders for path in sorted(_paths(folder, file)) if Path(path).name == file]
    found = [one for path in paths for one in _read(path, {}, {}, own) if isinstance(one, Rule) and one.id == id_]
    return next((one for one in found if one.digest == digest), found[0] if found else None)


_FILTER = re.compile(rb"^filter:", re.MULTILINE)


def _may_filter(path: str) -> bool:
    with contextlib.suppress(OSError):
        status = os.stat(path)  # noqa: PTH116 - thousands of paths, without `Path`
        return _says_filter(path, status.st_mtime_ns, status.st_size)
    return False


@lru_cache(maxsize=20_000)
def _says_filter(path: str, changed: int, size: int) -> bool:  # noqa: ARG001 - a changed file is another question
    return _FILTER.search(Path(path).read_bytes()) is not None


def filters_in(folders: Sequence[Path], *, clock: Clock | None = None) -> tuple[Filter, ...]:
    """The filters of some folders that are in force; files that hold none are not parsed."""
    own, today = placeholders.read(folders).values, (clock or SystemClock()).now().date()
    paths = [path for folder in folders for path in sorted(_paths(folder)) if _may_filter(path)]
    found = [one for path in map(Path, paths) for one in _read(path, {}, {}, own) if isinstance(one, Filter)]
    return tuple(one for one in found if one.in_force(today))
