"""Sets of rules: what was brought in together, from whom, under which licence, when and by whom.

A set that was brought in is a folder in the node's rules folder, with a note of what it is. The starter pack and the
site's own rules are sets too, without a note.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec
import structlog

from watchward.base.errors import BadInputError
from watchward.base.files import put_whole
from watchward.detect.sigma import release
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.release import Staged

log = structlog.get_logger()

NOTE = "set.json"
"""The note in a set's folder. No archive can bring one: only rules and licences are taken from archives."""

STARTER = "starter"
SITE = "site"
MAIN = release.FOLDER
"""The folder of the set that is brought in under no other name."""

TRIALS = "on-trial.json"
"""Beside the note of a release that was put away: which rules were on trial then, to be so again if it comes back."""

LONGEST_NAME = 60
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_DATE = re.compile(r"(?<![0-9])r?(20\d\d-[01]\d-[0-3]\d)(?![0-9])")
_CHANGED = re.compile(rb"^(?:modified|date): *['\"]?(20\d\d)[-/]([01]\d)[-/]([0-3]\d)", re.MULTILINE)
_LICENCES = (
    ("Detection Rule License", "Detection Rule License 1.1"),
    ("Apache License", "Apache License 2.0"),
    ("GNU AFFERO GENERAL PUBLIC LICENSE", "GNU Affero General Public License"),
    ("GNU GENERAL PUBLIC LICENSE", "GNU General Public License"),
    ("MIT License", "MIT Licence"),
    ("Mozilla Public License", "Mozilla Public License 2.0"),
)
"""By what words in its text a licence is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What is known of a set that was brought in.

    Args:
        name: what people call it.
        version: its release, as its maker names it; the newest date in its rules where no name was given.
        licence: under which it may be used; empty where neither archive nor person said.
        source: the archive or folder from which it came.
        files: how many rule files it has.
        brought_at: when it was brought in, and `brought_by` by whom.

    """

    name: str
    version: str
    licence: str
    source: str
    files: int
    brought_at: datetime
    brought_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of a set that they bring in; what they leave empty is looked for in it.

    Args:
        folder: the set's own, by which it takes the place of the one before: `release` unless it is a further set.
        name: what people call it, `version` its release and `licence` its licence; what is left empty is looked for.
        in_force: whether what it brings is in force at once, without a trial.

    """

    folder: str = MAIN
    name: str = ""
    version: str = ""
    licence: str = ""
    in_force: bool = False


def folder_of(name: str) -> str:
    """The folder of a set that somebody gave a short name.

    >>> folder_of("vendor"), folder_of("")
    ('release-vendor', 'release')

    Raises:
        BadInputError: it is no name for a folder.

    """
    if not name:
        return MAIN
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadInputError(
            f"{name!r} is no name for a set.",
            advice=f"Use at most {LONGEST_NAME} small letters, figures and hyphens, such as vendor-a.",
        )
    return f"{MAIN}-{name}"


def set_of(path: Path, site: Path) -> str:
    """The set to which a rule file belongs: `starter`, `site`, or the folder of one that was brought in.

    Args:
        path: the rule file.
        site: the node's rules folder.

    """
    if path.is_relative_to(starter_pack()):
        return STARTER
    if not path.is_relative_to(site):
        return SITE
    first = path.relative_to(site).parts[0]
    return first if is_set(first) and len(path.relative_to(site).parts) > 1 else SITE


def root_of(folder: str, site: Path) -> Path:
    """Where the rules of a set lie."""
    return {STARTER: starter_pack(), SITE: site}.get(folder, site / folder)


def is_set(folder: str) -> bool:
    """Whether a folder in the rules folder is that of a set that was brought in."""
    return folder == MAIN or folder.startswith(f"{MAIN}-")


def are_there(site: Path) -> bool:
    """Whether any set was brought in; else the next one is what a site begins with."""
    return site.is_dir() and any(is_set(one.name) and one.is_dir() for one in site.iterdir())


def note_trials(folder: Path, rules: Iterable[str]) -> None:
    """Write down beside a release that is to be put away which rules are on trial."""
    if folder.is_dir():
        put_whole(folder / TRIALS, msgspec.json.encode(sorted(rules)))


def noted_trials(folder: Path) -> frozenset[str]:
    """Which rules were on trial when a release was put away; none where that was not written down."""
    try:
        return frozenset(msgspec.json.decode((folder / TRIALS).read_bytes(), type=list[str]))
    except (OSError, msgspec.MsgspecError):
        return frozenset()


def brought(site: Path) -> dict[str, Brought]:
    """The sets that were brought in, by their folders; of one without a note nothing more is known."""
    found = {}
    for folder in sorted(site.iterdir()) if site.is_dir() else ():
        if folder.is_dir() and is_set(folder.name) and (note := note_in(folder)):
            found[folder.name] = note
    return found


def note_in(folder: Path) -> Brought | None:
    """The note of a set that was brought in, from its folder."""
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=Brought)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("set_unreadable", file=str(folder / NOTE), reason=str(error))
        return None


def noted(staged: Staged, said: Said, *, source: str, at: datetime, by: str) -> Brought:
    """Write down what a set is, beside its rules; what nobody said is looked for in it and in its archive's name."""
    folder = staged.folder
    note = Brought(
        name=said.name or _name_in(source),
        version=said.version or _version_in(source, folder),
        licence=said.licence or _licence_in(folder),
        source=source,
        files=staged.files,
        brought_at=at,
        brought_by=by,
    )
    (folder / NOTE).write_bytes(msgspec.json.format(msgspec.json.encode(note)))
    return note


def _name_in(source: str) -> str:
    name = PurePosixPath(source).name
    for ending in (".zip", ".tar.gz", ".tgz", ".tar", ".tar.xz", ".tar.bz2"):
        name = name.removesuffix(ending)
    return _DATE.sub("", name).strip(" -_.")[:LONGEST_NAME] or "Rules"


def _version_in(source: str, folder: Path) -> str:
    for text in (source, *(one.name for one in sorted(folder.iterdir()) if one.is_dir())):
        if found := _DATE.search(text):
            return f"r{found[1]}"
    newest = max(_changes(folder), default=())
    return f"as of {'-'.join(newest)}" if newest else "not stated"


def _changes(folder: Path) -> Iterator[tuple[str, ...]]:
    """The dates that the rules of a folder bear."""
    for path in folder.rglob("*.y*ml"):
        for year, month, day in _CHANGED.findall(path.read_bytes()):
            yield year.decode(), month.decode(), day.decode()


def _licence_in(folder: Path) -> str:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.suffix:
            text = path.read_text(errors="replace")
            named = [name for words, name in _LICENCES if words.casefold() in text.casefold()]
            return named[0] if named else f"see {path.name}"
    return ""
