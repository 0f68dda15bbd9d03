"""What people decide about rules. Each action checks, writes and records in one transaction.

A release's decisions are written before its rules take their place, and gateways read them after the rules: so no rule
of a release is ever in force that is to be on trial (ADR 0136).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.access.guard import Actor, require
from watchward.console.config import current
from watchward.console.detect.models import Rule as KnownRule
from watchward.console.detect.rule_adapters import describe_rules, describe_some
from watchward.console.rules.adapters import keep_lives, write_lives
from watchward.console.rules.models import RuleExample, RuleLife, RuleStep
from watchward.detect.lives import lives, sets
from watchward.detect.lives.lives import Newcomers, Standing
from watchward.detect.lives.sets import Brought, Said
from watchward.detect.sigma import release, rules
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import RuleSet

MOST_AT_ONCE: Final = 5_000
LONGEST_REASON: Final = 2_000
MOST_NAMED: Final = 200
"""So many of the rules that a release drops are named in the audit log; all are counted."""

_RULE_FILES: Final = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A rule or a correlation that a release dropped, and that no other set has."""

    rule: str
    title: str


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
    meanwhile. The rules of a set that is brought in for the first time are in force at once.

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
        before, after = _both(site / said.folder, staged.folder)
        arrived = _arrived(before, after, site / said.folder, staged.folder)
        found = Imported(
            note=note,
            rules=len(after.rules) + len(after.correlations),
            rejected=len(after.rejected),
            new=len(arrived.new),
            changed=len(arrived.changed),
            gone=_gone(before, after, site / said.folder),
        )
        try:
            with transaction.atomic():
                _announce(arrived, found, said.folder, by=by, clock=clock)
                write_lives(site)
                release.put(staged.folder, site, said.folder)
        except BaseException:
            write_lives(site)  # as it was
            raise
    _describe(site, clock)
    return found


def restore_rules(*, by: Actor, folder: str = sets.MAIN, clock: Clock) -> Brought | None:
    """Bring back the release before the present one, as it was: what the present one put on trial is so no longer.

    What was on trial before it came stays so.

    Raises:
        BadInputError: there is none.

    """
    require(by, Permission.RULE_MANAGE, at=None)
    site = current().rules
    previous = release.previous_of(site, folder)
    present, back = _both(site / folder, previous)
    kept = _kept(site / lives.EARLIER.format(folder))
    changed = {
        rule.id for _, rule in lives.newcomers(present, back).changed if kept.get(rule.id) == lives.fingerprint(rule)
    }
    gone = {rule.id for rule in present.rules} - {rule.id for rule in back.rules}
    with transaction.atomic():
        trials = RuleLife.objects.filter(standing=Standing.TRIAL.value, pk__in=changed | gone)
        names = list(trials.values_list("pk", flat=True))
        trials.update(standing=Standing.FORCE.value, standing_at=clock.now(), trial_until=None)
        _note(names, by=str(by), at=clock.now(), text="In force again, because the release before was brought back")
        known = sets.brought(site).get(folder)
        label = known.name if known else folder
        record(
            AuditEvent.RULES_RESTORED, by=by, subject=label, clock=clock, version="as it was before",
            folder=folder,
        )  # fmt: skip
        release.put_back(site, folder)
        write_lives(site)
    _describe(site, clock)
    return sets.brought(site).get(folder)


@transaction.atomic
def decide_rules(*, by: Actor, rules: Sequence[str], standing: Standing, reason: str, clock: Clock) -> list[RuleLife]:
    """Put rules in force, put them on trial, or switch them off.

    Raises:
        BadInputError: there is no such rule, no reason, or nothing to change.

    """
    require(by, Permission.RULE_MANAGE, at=None)
    found = _decidable(rules, standing, reason)
    until = clock.now() + timedelta(days=max(1, current().rule_trial_days)) if standing is Standing.TRIAL else None
    if standing is Standing.TRIAL:  # what was counted in an earlier trial was another
        RuleExample.objects.filter(rule__in=[life.pk for life in found]).delete()
    for life in found:
        life.standing, life.standing_at, life.trial_until = standing.value, clock.now(), until
    RuleLife.objects.bulk_update(found, ["standing", "standing_at", "trial_until"], batch_size=200)
    why = reason.strip()[:LONGEST_REASON]
    _note([life.pk for life in found], by=str(by), at=clock.now(), text=_TEXTS[standing], reason=why)
    record_each(
        _EVENTS[standing],
        by=by,
        deeds=[Deed(subject=life.pk, details={"rule": life.rule.title, "reason": why}) for life in found],
        clock=clock,
    )
    write_lives(current().rules)
    # Not before the decision is stored: a rule that is still on trial would have no version in force.
    transaction.on_commit(partial(_forget_earlier, found))
    return found


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


def _both(before: Path, after: Path) -> tuple[RuleSet, RuleSet]:
    """The rules of two releases. What was parsed is kept beside all that the node runs, for gateways to find it."""
    cache = _cache()
    there = [folder for folder in (current().rules, starter_pack()) if folder.is_dir()]
    rules.load([*there, after], cache=cache)
    old = rules.load([before], cache=cache, learn=False) if before.is_dir() else RuleSet()
    return old, rules.load([after], cache=cache, learn=False)


def _arrived(before: RuleSet, after: RuleSet, place: Path, staged: Path) -> Newcomers:
    """What a release brings that this node does not run already, be it from another set.

    Args:
        before: the release before.
        after: the one that comes.
        place: the folder that they have in the end.
        staged: where the one that comes is now.

    """
    if not current().rule_trial_days or not (before.rules or before.correlations):
        return Newcomers()
    site = place.parent
    node = rules.load([folder for folder in (site, starter_pack()) if folder.is_dir()], learn=False, cache=_cache())
    others = {rule.id: rule for rule in node.rules if not rule.path.is_relative_to(place)}
    stay = {
        rule.id
        for rule in after.rules
        if rule.id in others and _first(others[rule.id].path, place / rule.path.relative_to(staged), site)
    }
    run = {name: rule for name, rule in others.items() if name not in stay}
    known = {one.id for one in node.correlations}
    return lives.newcomers(
        replace(before, rules=(*(rule for rule in before.rules if rule.id not in run), *_unfiltered(run, after))),
        replace(
            after,
            rules=tuple(rule for rule in after.rules if rule.id not in stay),
            correlations=tuple(one for one in after.correlations if one.id not in known),
        ),
    )


def _gone(before: RuleSet, after: RuleSet, place: Path) -> tuple[Gone, ...]:
    """What a release takes away: rules and correlations that neither it nor anything else on this node has.

    Args:
        before: the release before.
        after: the one that comes.
        place: the folder that they have in the end.

    """
    there = sorted(one for one in place.parent.iterdir() if one != place and not one.name.startswith("."))
    folders = [one for one in (*there, starter_pack()) if one.is_dir() or one.suffix in _RULE_FILES]
    others = rules.load(folders, learn=False, cache=_cache())
    was, stay = _titles(before), {**_titles(after), **_titles(others)}
    dropped = [Gone(rule=name, title=was[name]) for name in was.keys() - stay.keys()]
    return tuple(sorted(dropped, key=lambda one: (one.title, one.rule)))


def _titles(found: RuleSet) -> dict[str, str]:
    """The titles of rules and correlations, by their ids."""
    return {rule.id: rule.title for rule in found.rules} | {one.id: one.title for one in found.correlations}


def _first(one: Path, other: Path, site: Path) -> bool:
    """Whether of two rules with one identifier that in the first of these files counts."""
    return one.is_relative_to(site) and one < other


def _unfiltered(run: Mapping[str, Rule], after: RuleSet) -> Iterator[Rule]:
    """The rules that a release has too, as their files say them."""
    for name in {rule.id for rule in after.rules} & run.keys():
        rule = run[name]
        yield rules.named([rule.path], file=rule.path.name, id_=name, digest=rule.digest) or rule


def _cache() -> Path | None:
    return current().cache if current().cache.is_dir() else None


def _in_force(arrived: Newcomers) -> set[str]:
    """Those of the rules that a release changed that are in force so far."""
    names = {rule.id for _, rule in arrived.changed}
    elsewhere = RuleLife.objects.filter(pk__in=names).exclude(standing=Standing.FORCE.value)
    return names - set(elsewhere.values_list("pk", flat=True))


def _announce(arrived: Newcomers, found: Imported, folder: str, *, by: Actor, clock: Clock) -> None:
    """Say what a release brings before it is there, and keep the versions that stay in force meanwhile."""
    in_force = _in_force(arrived)
    tried = _begin_trials(arrived, folder, found.note, clock.now())
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


def _begin_trials(arrived: Newcomers, folder: str, note: Brought, now: datetime) -> int:
    """Put what a release brings on trial, but for what somebody switched off; return how many rules that are."""
    fresh = [*arrived.new, *(rule for _, rule in arrived.changed)]
    describe_some(fresh)
    off = set(RuleLife.objects.filter(standing=Standing.OFF.value).values_list("pk", flat=True))
    until = now + timedelta(days=current().rule_trial_days)
    rows = [
        RuleLife(
            rule_id=rule.id, folder=folder, status=rule.status[:40], first_at=now, standing=Standing.TRIAL.value,
            standing_at=now, trial_until=until,
        )
        for rule in fresh
        if rule.id not in off
    ]  # fmt: skip
    RuleLife.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["rule"],
        update_fields=["standing", "standing_at", "trial_until"],
    )  # fmt: skip
    RuleExample.objects.filter(rule__in=[row.pk for row in rows]).delete()
    text = f"On trial, because {note.name} {note.version} brought "
    _note([rule.id for rule in arrived.new if rule.id not in off], by=note.brought_by, at=now, text=f"{text}it")
    changed = [rule.id for _, rule in arrived.changed if rule.id not in off]
    _note(changed, by=note.brought_by, at=now, text=f"{text}another version; the one before stays in force")
    return len(rows)


def _keep_earlier(arrived: Newcomers, in_force: set[str], folder: Path) -> None:
    """Keep the versions in force of the rules that a release changed; of one on trial already, the one that is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier, rule in arrived.changed:
        if rule.id in in_force:
            (folder / f"{rule.id}.yml").write_bytes(earlier.path.read_bytes())


def _kept(folder: Path) -> dict[str, str]:
    """What the versions detect that stay in force beside those on trial, by the rules' ids."""
    found = rules.load([folder]).rules if folder.is_dir() else ()
    return {rule.id: lives.fingerprint(rule) for rule in found}


def _describe(site: Path, clock: Clock) -> None:
    """Say at once what the rules are; the projector would find out by itself a little later."""
    found = rules.load([folder for folder in (site, starter_pack()) if folder.is_dir()], cache=_cache())
    describe_rules([*found.rules, *(one.as_rule() for one in found.correlations)])
    keep_lives(found, site=site, clock=clock)


def _note(names: Iterable[str], *, by: str, at: datetime, text: str, reason: str = "") -> None:
    RuleStep.objects.bulk_create(
        [RuleStep(rule_id=name, at=at, by_name=by[:200], text=text[:300], reason=reason) for name in names],
        batch_size=200,
    )
