"""Writes what is normal for the gateways, as files of filters, and finds the rules that it is about.

The database is the truth, and the folder is made from it: each file is replaced whole, and gateways take in what
changed. A file is written anew when the organisations that it names change.
"""

import contextlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import F

from watchward.base.clock import Clock
from watchward.base.files import put_whole, turn
from watchward.console.access.guard import Reach
from watchward.console.config import current
from watchward.console.detect.models import Rule
from watchward.console.estate.models import Organisation
from watchward.console.normal.models import Normal
from watchward.detect.sigma import rules
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import FOLDER, Asks, Scope, text_of
from watchward.detect.sigma.normal import Normal as Said
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.rule import LogSource
from watchward.detect.sigma.rule import Rule as LoadedRule


def rule_as_loaded(rule: Rule) -> LoadedRule | None:
    """A rule as its file says it, without filters; None for what has no file, or is a correlation."""
    folders = [folder for folder in (current().rules, starter_pack()) if folder.is_dir()]
    return rules.named(folders, file=rule.file, id_=rule.pk, digest=rule.digest)


def said(normal: Normal) -> Said:
    """What a stored filter says, with its scope as it is now."""
    rule = normal.rule
    return Said(
        id=normal.id,
        title=str(normal)[:200],
        rule=rule.pk,
        logsource=LogSource(product=rule.product or None, category=rule.category or None, service=rule.service or None),
        asks=tuple(Asks(field=field, how=How(how), text=text) for field, how, text in normal.asks),
        scope=Scope(organisations=_codes(normal), device=normal.device),
        author=normal.author_name,
        reason=normal.reason,
        made_on=normal.made_at.date(),
        expires=normal.expires_on,
    )


def _codes(normal: Normal) -> tuple[str, ...]:
    if normal.organisation is None:
        return ()
    if not normal.below:
        return (normal.organisation.code,)
    within = Reach(paths=(normal.organisation.path,)).q("path")
    return tuple(Organisation.objects.filter(within).order_by("code").values_list("code", flat=True))


def write_normals(*, clock: Clock) -> None:
    """Bring the folder up to date with the database as it stands now."""
    folder = current().rules / FOLDER
    with turn(folder / ".lock"):
        # Read in turn: of two writers, the later one must not bring back what the earlier one saw.
        wanted = dict(_files(clock.now().date()))
        for path in _ours(folder):
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        for name, text in wanted.items():
            if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text:
                put_whole(folder / name, text.encode())


def write_normals_on_commit(*, clock: Clock) -> None:
    """Do so when the changes under way are stored."""
    transaction.on_commit(lambda: write_normals(clock=clock))


def count_hidden(entries: Iterable[tuple[Mapping[str, int], datetime]]) -> None:
    """Add to what filters hid, and until when; what is no filter of this node's people is passed over.

    Args:
        entries: for some batches, how many events each filter hid, and when the batch was received.

    """
    counts: dict[str, int] = {}
    latest: dict[str, datetime] = {}
    for hidden, at in entries:
        for key, events in hidden.items():
            counts[key] = counts.get(key, 0) + events
            latest[key] = max(at, latest.get(key, at))
    for key, events in counts.items():
        with contextlib.suppress(ValueError):
            Normal.objects.filter(pk=UUID(key)).update(hidden=F("hidden") + events, hidden_last_at=latest[key])


def _files(today: date) -> Iterable[tuple[str, str]]:
    kept = Normal.objects.filter(ended_at=None, expires_on__gt=today).select_related("rule", "organisation")
    for normal in kept:
        yield f"{normal.id}.yml", text_of(said(normal))


def _ours(folder: Path) -> Iterable[Path]:
    """The files that this writes: others that somebody put there are let be."""
    for path in sorted(folder.glob("*.yml")):
        try:
            UUID(path.stem)
        except ValueError:
            continue
        yield path
