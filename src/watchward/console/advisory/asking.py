"""Asks organisations, asks them again and releases them: the part of actions.py that links use too."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from watchward.base.clock import HeldClock
from watchward.console.advisory import adapters, passing
from watchward.console.advisory.models import Advisory, AdvisoryVersion, Answer, AnswerEntry
from watchward.console.link.models import Peer
from watchward.respond.advisory import answer as pure
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.as_json import as_json
from watchward.respond.advisory.content import Advisory as Says
from watchward.respond.advisory.correction import Correction, compared, corrected, released
from watchward.respond.advisory.proposal import Proposal

ASKED_AGAIN = "Asked again: the alert was corrected"
_RELEASED = "No longer asked: the alert was corrected"


def say(advisory: Advisory, says: Says) -> None:
    """Let an alert say something from now on."""
    advisory.title, advisory.severity = says.title.strip(), says.severity.value
    advisory.content, advisory.act_by = as_json(says), says.act_by
    advisory.save()


def keep_version(advisory: Advisory, *, by_name: str, why: str, at: datetime) -> None:
    """Keep what an alert says from a moment on."""
    AdvisoryVersion.objects.update_or_create(
        advisory=advisory,
        number=advisory.version,
        defaults={"at": at, "by_name": by_name[:200], "why": why[:300], "content": advisory.content},
    )


def ask(advisory: Advisory, rows: Sequence[tuple[int, str, str]], found: dict[int, Proposal], *, now: datetime) -> None:
    """Ask organisations, as `adapters.ask` does; those of nodes below are told of it there."""
    adapters.ask(advisory, rows, found, now=now)
    elsewhere = adapters.at_other_nodes()
    if elsewhere.paths:
        Answer.objects.filter(elsewhere.q("organisation_path"), advisory=advisory, told_at=None).update(told_at=now)


def ask_again(  # noqa: PLR0913 - what changed, and when it counts from
    advisory: Advisory,
    before: Says,
    *,
    by_name: str,
    at: datetime,
    now: datetime,
    peer: Peer | None = None,
    named: Collection[int] = (),
    moments: Mapping[int, datetime] | None = None,
) -> int:
    """Ask those again whom a correction touches, ask those who are newly concerned, release those who no longer are.

    Args:
        advisory: as it is now.
        before: what it said.
        by_name: who corrected it.
        at: from when the clocks of those run who are asked anew.
        now: the moment.
        peer: the node that told it, if one did.
        named: those that are asked although nothing is known of them here.
        moments: from when the clocks of some run who were not asked here before, by their numbers.

    Returns:
        How many are asked again, or for the first time.

    """
    says = advisory.says
    rows, found = adapters.proposals_for(says, advisory.organisation, now, named=named)
    done = _Corrected(wanted={pk for pk, _, _ in rows}, correction=compared(before, says), at=at)
    entries = [
        adapters.entry_of(answer, at=now, by_name=by_name, text=text, peer=peer)
        for answer in Answer.objects.filter(advisory=advisory).iterator(2_000)
        if (text := done.text_for(answer, act_by=says.act_by))
    ]
    adapters.store(done.changed, entries)
    new = [row for row in rows if row[0] not in done.known]
    for moment, some in _by_moment(new, moments or {}, at).items():
        ask(advisory, some, found, now=moment)
    changed = done.changed
    if says.whom.only_known and peer is not None:  # whoever issued it may not know that these run it
        changed += Answer.objects.filter(advisory=advisory, organisation__in=[row[0] for row in new])
    _tell_people_again(changed)
    passing.up([one for one in changed if one.standing != Standing.RELEASED], clock=HeldClock(at=now))
    return done.again + len(new)


@dataclass(slots=True, kw_only=True)
class _Corrected:
    """What a correction does to those who were asked before.

    Args:
        wanted: the numbers of those whom it concerns now.
        correction: what is other.
        at: from when the clocks of those run who are asked again.
        known: the numbers of all who were asked before.
        changed: the answers that stand differently, or are due at another time.
        again: how many are asked again.

    """

    wanted: Collection[int]
    correction: Correction
    at: datetime
    known: set[int] = field(default_factory=set)
    changed: list[Answer] = field(default_factory=list)
    again: int = 0

    def text_for(self, answer: Answer, *, act_by: datetime) -> str:
        """Let an answer stand as it does now, and say what its time line should; empty where that is nothing."""
        self.known.add(answer.organisation_id)
        stood, due_before = adapters.stands(answer), answer.due_by
        stays = answer.organisation_id in self.wanted
        stands = _after_correction(stood, self.correction, stays=stays, at=self.at)
        adapters.put(answer, stands, act_by=act_by)
        if stands != stood or answer.due_by != due_before:
            self.changed.append(answer)
        if stands == stood:
            return ""
        self.again += stays
        answer.voice = ""
        return ASKED_AGAIN if stays else _RELEASED


def _by_moment(
    rows: Sequence[tuple[int, str, str]], moments: Mapping[int, datetime], at: datetime
) -> dict[datetime, list[tuple[int, str, str]]]:
    found: dict[datetime, list[tuple[int, str, str]]] = defaultdict(list)
    for row in rows:
        found[moments.get(row[0], at)].append(row)
    return found


def _tell_people_again(changed: Sequence[Answer]) -> None:
    """Have people told that their organisations are asked again, but for those of nodes below."""
    elsewhere = adapters.at_other_nodes()
    asked = [one.pk for one in changed if one.standing == Standing.ASKED and one.organisation_path not in elsewhere]
    Answer.objects.filter(pk__in=asked).update(told_at=None)


def _after_correction(stood: pure.Answer, correction: Correction, *, stays: bool, at: datetime) -> pure.Answer:
    if not stays:
        return released(stood, at=at)
    if stood.standing is Standing.RELEASED:
        return pure.asked(at)
    return corrected(stood, correction, at=at)


def withdraw(advisory: Advisory, *, why: str, at: datetime) -> None:
    """Take an alert back, and release all who owe something, in one statement."""
    advisory.state, advisory.withdrawn_at, advisory.withdrawn_why = Advisory.State.WITHDRAWN, at, why[:300]
    advisory.save()
    Answer.objects.filter(advisory=advisory, due_by__isnull=False).update(
        standing=Standing.RELEASED.value, said_at=at, due_by=None, due_clock="", wants_help=False
    )


def reinstate(advisory: Advisory) -> None:
    """Let an alert hold again that its issuer was thought to have withdrawn: answers stand where they stood."""
    advisory.state, advisory.withdrawn_at, advisory.withdrawn_why = Advisory.State.ISSUED, None, ""
    advisory.save()
    changed = []
    for answer in Answer.objects.filter(advisory=advisory, standing=Standing.RELEASED).prefetch_related("entries"):
        last = next(iter(answer.entries.all()), None)
        if last is None or last.standing != Standing.RELEASED:
            adapters.put(answer, _as_it_stood(answer, last), act_by=advisory.act_by)
            changed.append(answer)
    adapters.store(changed, [])


def _as_it_stood(answer: Answer, last: AnswerEntry | None) -> pure.Answer:
    if last is None:
        return pure.asked(answer.asked_at)
    standing = Standing(last.standing)
    at = answer.asked_at if standing is Standing.ASKED else last.at
    return pure.Answer(standing=standing, asked_at=answer.asked_at, said_at=at, wants_help=last.wants_help)


def said_by(peer: Peer) -> QuerySet[Answer]:
    """What a node below answered, and still counts."""
    return Answer.objects.filter(~Q(advisory__state=Advisory.State.WITHDRAWN), peer=peer)


def unsay(peer: Peer, *, but: Collection[str] = (), text: str, at: datetime) -> int:
    """Let what a node below answered count no longer: those organisations are asked as before, and gain no time.

    What it told stays in their time lines, as evidence.

    Args:
        peer: the node.
        but: the identifiers of answers that still count.
        text: why, for the time lines.
        at: the moment.

    Returns:
        How many answers that were.

    """
    answered = said_by(peer)
    changed = [
        one
        for one in answered.select_related("advisory", "organisation").iterator(2_000)
        if passing.id_of(one) not in but
    ]
    entries = []
    for answer in changed:
        adapters.put(answer, pure.asked(answer.asked_at), act_by=answer.advisory.act_by)
        answer.voice, answer.by_name, answer.note, answer.peer = "", "", "", None
        entries.append(adapters.entry_of(answer, at=at, by_name=str(peer), text=text))
    adapters.store(changed, entries)
    passing.up(changed, clock=HeldClock(at=at))
    return len(changed)
