"""What people decide about rules. Each action checks, writes and records in one transaction.

A release's trials are stored and told to the gateways before its rules take their place, and gateways read decisions
after rules: so no rule of a release is ever in force that is to be on trial, whenever power fails (ADR 0136, 0157).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.base.files import put_whole
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.access.guard import Actor, require
from watchward.console.config import current
from watchward.console.detect.models import Rule as KnownRule
from watchward.console.detect.rule_adapters import describe_rules, describe_some
from watchward.console.rules import comparing, queries
from watchward.console.rules.adapters import keep_lives, write_lives
from watchward.console.rules.comparing import Gone
from watchward.console.rules.models import RuleExample, RuleLife, RuleStep
from watchward.detect.lives import lives, sets
from watchward.detect.lives.lives import Newcomers, Standing
from watchward.detect.lives.sets import Brought, Said
from watchward.detect.sigma import release, rules
from watchward.detect.sigma.pack import starter_pack

MOST_AT_ONCE: Final = 5_000
LONGEST_REASON: Final = 2_000
MOST_NAMED: Final = 200
"""So many of the rules that a release drops are named in the audit log; all are counted."""

_DECIDED: Final = ("standing", "standing_at", "trial_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What bringing in a set did.

    Args:
        note: what the set is.
        rules: how many of its rules and correlations load, and `rejected` how many do not.
        new: how many are on trial because they were not there before, and `changed` because they detect something else.
        gone: those of the release before that the node no longer has (or that no longer loads), by title.

    """

    note: Brought
    rules: int
    rejected: int
    new: int = 0
    changed: int = 0
    gone: tuple[Gone, ...] = ()


def import_rules(*, by: Actor, archive: Path, said: Said, source: str = "", clock: Clock) -> Imported:
    """Bring in a set of rules, in place of the release before, which is kept.

    Rules that were not there before, or that detect something else now, run on trial; the versions before stay in force
    meanwhile. What a site begins with, its first set, is in force at once.

    Args:
        by: who brings it.
        archive: an archive (zip or tar) or a folder.
        said: what is said of the set.
        source: where it came from, in words; without it the archive's name.
        clock: tells when.

    Raises:
        BadInputError: it cannot be read, or holds no rules.

    """
    require(by, Permission.RULE_MANAGE, at=None)
    site, now = current().rules, clock.now()
    with release.staged(archive, into=site) as staged:
        note = sets.noted(staged, said, source=source or archive.name, at=now, by=str(by))
        before, after = comparing.both(site / said.folder, staged.folder)
        arrived = comparing.arrived(staged.folder, said)
        found = Imported(
            note=note,
            rules=len(after.rules) + len(after.correlations),
            rejected=len(after.rejected),
            new=len(arrived.new),
            changed=len(arrived.changed),
            gone=comparing.gone(before, after, site / said.folder),
        )
        before_it = _standings(arrived)
        with transaction.atomic(durable=True):
            sets.note_trials(site / said.folder, _on_trial())
            _announce(arrived, found, said.folder, by=by, clock=clock)
        with _else_as_before(before_it, note.name, by=by, clock=clock):
            write_lives(site)
            release.put(staged.folder, site, said.folder)
    _describe(site, clock)
    return found


def restore_rules(*, by: Actor, folder: str = sets.MAIN, clock: Clock) -> Brought | None:
    """Bring back the release before the present one, as it was: what the present one put on trial is so no longer.

    What was on trial when the release was put away is so again, unless it was decided about since.

    Raises:
        BadInputError: there is none.

    """
    require(by, Permission.RULE_MANAGE, at=None)
    site = current().rules
    previous = release.previous_of(site, folder)
    back, note = comparing.returning(previous, folder), sets.note_in(previous)
    known = note or sets.note_in(site / folder)
    label, before_it = known.name if known else folder, _standings(back.tried)
    with transaction.atomic(durable=True):
        sets.note_trials(site / folder, _on_trial())
        _try_again(back.tried, folder, by=by, clock=clock)
        record(
            AuditEvent.RULES_RESTORED, by=by, subject=label, clock=clock, version="as it was before",
            folder=folder,
        )  # fmt: skip
    with _else_as_before(before_it, label, by=by, clock=clock):
        write_lives(site)
        release.put_back(site, folder)
    # Not before the release is back: a version on trial that is still there would be in force for a moment.
    _tell(_end_trials_of(back.undone | back.gone, by=by, clock=clock))
    _describe(site, clock)
    return note


def _try_again(tried: Newcomers, folder: str, *, by: Actor, clock: Clock) -> None:
    """Put on trial again what was so when a release was put away."""
    in_force = _in_force(tried)
    texts = ("On trial again, because the release that brought it is back",) * 2
    _begin_trials(tried, folder, by=str(by), at=clock.now(), texts=texts)
    _keep_earlier(tried, in_force, current().rules / lives.EARLIER.format(folder))


@transaction.atomic
def _end_trials_of(names: Iterable[str], *, by: Actor, clock: Clock) -> list[RuleLife]:
    """Put in force what was in force before the release that is put away."""
    found = list(RuleLife.objects.filter(standing=Standing.TRIAL.value, pk__in=list(names)))
    for life in found:
        life.standing, life.standing_at, life.trial_until = Standing.FORCE.value, clock.now(), None
    RuleLife.objects.bulk_update(found, _DECIDED, batch_size=200)
    text = "Its trial has ended, because the release before was brought back"
    _note([life.pk for life in found], by=str(by), at=clock.now(), text=text)
    return found


@transaction.atomic
def decide_rules(*, by: Actor, rules: Sequence[str], standing: Standing, reason: str, clock: Clock) -> list[RuleLife]:
    """Put rules in force, put them on trial, or switch them off.

    Raises:
        BadInputError: there is no such rule, no reason, or nothing to change.

    """
    require(by, Permission.RULE_MANAGE, at=None)
    found = _decidable(rules, standing, reason)
    heard = [life.pk for life in found if life.standing == Standing.TRIAL.value and not queries.has_earlier(life)]
    until = _until(clock.now()) if standing is Standing.TRIAL else None
    if standing is Standing.TRIAL:  # what was counted in an earlier trial was another
        RuleExample.objects.filter(rule__in=[life.pk for life in found]).delete()
    for life in found:
        life.standing, life.standing_at, life.trial_until = standing.value, clock.now(), until
    RuleLife.objects.bulk_update(found, _DECIDED, batch_size=200)
    if standing is Standing.FORCE:
        _begin_anew(queries.readers_on_trial(heard), by=by, clock=clock)
    why = reason.strip()[:LONGEST_REASON]
    _note([life.pk for life in found], by=str(by), at=clock.now(), text=_TEXTS[standing], reason=why)
    record_each(
        _EVENTS[standing],
        by=by,
        deeds=[Deed(subject=life.pk, details={"rule": life.rule.title, "reason": why}) for life in found],
        clock=clock,
    )
    transaction.on_commit(partial(_tell, found))
    return found


def _tell(found: Sequence[RuleLife]) -> None:
    """Tell the gateways what is stored now, and forget the versions that stood in for rules on trial.

    Neither is done before the decision is stored: gateways would act on what was never decided, or a rule that is still
    on trial would have no version in force.
    """
    write_lives(current().rules)
    _forget_earlier(found)


def _begin_anew(correlations: Sequence[RuleLife], *, by: Actor, clock: Clock) -> None:
    """Begin the trials of correlations again: only now there is what they read."""
    for life in correlations:
        life.standing_at, life.trial_until = clock.now(), _until(clock.now())
    RuleLife.objects.bulk_update(correlations, _DECIDED, batch_size=200)
    text = "Its trial begins anew, because what it reads is in force now"
    _note([life.pk for life in correlations], by=str(by), at=clock.now(), text=text)


def _until(now: datetime) -> datetime:
    """The end of a trial that begins now."""
    return now + timedelta(days=max(1, current().rule_trial_days))


def _forget_earlier(found: Sequence[RuleLife]) -> None:
    for life in found:
        (current().rules / lives.EARLIER.format(life.folder) / f"{life.pk}.yml").unlink(missing_ok=True)


_TEXTS: Final = {
    Standing.FORCE: "Put in force",
    Standing.TRIAL: "Put on trial",
    Standing.OFF: "Switched off",
}
_EVENTS: Final = {
    Standing.FORCE: AuditEvent.RULE_PROMOTED,
    Standing.TRIAL: AuditEvent.RULE_TRIED,
    Standing.OFF: AuditEvent.RULE_OFF,
}


def _decidable(names: Sequence[str], standing: Standing, reason: str) -> list[RuleLife]:
    wanted = list(dict.fromkeys(names))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise BadInputError("No rule is chosen.", advice=f"Choose between 1 and {MOST_AT_ONCE:,} rules.")
    if not reason.strip():
        raise BadInputError("Say why.", advice="A few words are enough; they are kept with the rule's history.")
    found = list(RuleLife.objects.select_related("rule").filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise BadInputError("There is no such rule on this node.", advice="Look it up on the page Rules.")
    changing = [life for life in found if life.standing != standing.value]
    if not changing:
        raise BadInputError("Nothing would change.", advice="The rules stand where you want them already.")
    if standing is Standing.TRIAL and any(life.serving for life in changing):
        raise BadInputError(
            "A rule that only serves correlations raises nothing by itself, so that there is nothing to try.",
            advice="Put the correlation on trial.",
        )
    return changing


def _in_force(arrived: Newcomers) -> set[str]:
    """Those of the rules that a release changed that are in force so far."""
    names = {rule.id for _, rule in arrived.changed}
    elsewhere = RuleLife.objects.filter(pk__in=names).exclude(standing=Standing.FORCE.value)
    return names - set(elsewhere.values_list("pk", flat=True))


def _announce(arrived: Newcomers, found: Imported, folder: str, *, by: Actor, clock: Clock) -> None:
    """Say what a release brings before it is there, and keep the versions that stay in force meanwhile."""
    in_force = _in_force(arrived)
    because = f"On trial, because {found.note.name} {found.note.version} brought "
    texts = (f"{because}it", f"{because}another version; the one before stays in force")
    tried = _begin_trials(arrived, folder, by=found.note.brought_by, at=clock.now(), texts=texts)
    record(
        AuditEvent.RULES_IMPORTED, by=by, subject=found.note.name, clock=clock, version=found.note.version,
        rules=found.rules, trial=tried, source=found.note.source, licence=found.note.licence,
    )  # fmt: skip
    if found.gone:
        _tell_gone(found, by=by, clock=clock)
    _keep_earlier(arrived, in_force, current().rules / lives.EARLIER.format(folder))


def _tell_gone(found: Imported, *, by: Actor, clock: Clock) -> None:
    """Say in the audit log, and with each rule, what a release takes away."""
    note, names = found.note, [one.rule for one in found.gone]
    record(
        AuditEvent.RULES_DROPPED, by=by, subject=note.name, clock=clock, version=note.version, rules=len(names),
        which=", ".join(names[:MOST_NAMED]),
    )  # fmt: skip
    known = KnownRule.objects.filter(pk__in=names).values_list("pk", flat=True)
    _note(
        known, by=note.brought_by, at=clock.now(), text=f"No longer there: {note.name} {note.version} came without it"
    )


def _begin_trials(arrived: Newcomers, folder: str, *, by: str, at: datetime, texts: tuple[str, str]) -> int:
    """Put rules on trial, but for what somebody switched off; return how many rules that are.

    Args:
        arrived: the rules.
        folder: that of their set.
        by: by whom.
        at: when.
        texts: what their histories say of it: of those that are new, and of those that detect something else.

    """
    fresh = [*arrived.new, *(rule for _, rule in arrived.changed)]
    describe_some(fresh)
    off = set(RuleLife.objects.filter(standing=Standing.OFF.value).values_list("pk", flat=True))
    rows = [
        RuleLife(
            rule_id=rule.id, folder=folder, status=rule.status[:40], first_at=at, standing=Standing.TRIAL.value,
            standing_at=at, trial_until=_until(at),
        )
        for rule in fresh
        if rule.id not in off
    ]  # fmt: skip
    RuleLife.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["rule"], update_fields=_DECIDED
    )
    RuleExample.objects.filter(rule__in=[row.pk for row in rows]).delete()
    _note([rule.id for rule in arrived.new if rule.id not in off], by=by, at=at, text=texts[0])
    _note([rule.id for _, rule in arrived.changed if rule.id not in off], by=by, at=at, text=texts[1])
    return len(rows)


def _on_trial() -> list[str]:
    """The rules and correlations that are on trial."""
    return list(RuleLife.objects.filter(standing=Standing.TRIAL.value).values_list("pk", flat=True))


def _standings(arrived: Newcomers) -> dict[str, RuleLife | None]:
    """Where rules stand that are about to be put on trial; None for those of which nothing is known."""
    names = [rule.id for rule in (*arrived.new, *(rule for _, rule in arrived.changed))]
    return {**dict.fromkeys(names), **RuleLife.objects.in_bulk(names)}


@contextmanager
def _else_as_before(standings: dict[str, RuleLife | None], label: str, *, by: Actor, clock: Clock) -> Iterator[None]:
    """Do something with a release's files; where that fails, its rules stand as they did before."""
    try:
        yield
    except BaseException:
        text = "Back to how it stood before: the release could not be put in its place"
        with transaction.atomic():
            new = [name for name, life in standings.items() if life is None]
            RuleLife.objects.filter(pk__in=new).delete()
            KnownRule.objects.filter(pk__in=new).update(loaded=False)
            known = [life for life in standings.values() if life is not None]
            RuleLife.objects.bulk_update(known, _DECIDED, batch_size=200)
            _note([life.pk for life in known], by=str(by), at=clock.now(), text=text)
            record(AuditEvent.RULES_RESTORED, by=by, subject=label, clock=clock, version="as it was before")
        write_lives(current().rules)
        raise


def _keep_earlier(arrived: Newcomers, in_force: set[str], folder: Path) -> None:
    """Keep the versions in force of the rules that a release changed; of one on trial already, the one that is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier, rule in arrived.changed:
        if rule.id in in_force:
            put_whole(folder / f"{rule.id}.yml", earlier.path.read_bytes())


def _describe(site: Path, clock: Clock) -> None:
    """Say at once what the rules are; the projector would find out by itself a little later."""
    found = rules.load([folder for folder in (site, starter_pack()) if folder.is_dir()], cache=comparing.cache())
    describe_rules([*found.rules, *(one.as_rule() for one in found.correlations)])
    keep_lives(found, site=site, clock=clock)


def _note(names: Iterable[str], *, by: str, at: datetime, text: str, reason: str = "") -> None:
    RuleStep.objects.bulk_create(
        [RuleStep(rule_id=name, at=at, by_name=by[:200], text=text[:300], reason=reason) for name in names],
        batch_size=200,
    )
