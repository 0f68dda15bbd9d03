"""What comes of high severity alerts over links: from above what is asked and help, from below what is answered.

A node below answers for its own organisations and for nobody else; nothing that it says lies before the question or
after now, and none of it gains anybody time (ADR 0252).
"""

from datetime import datetime, timedelta
from typing import Final

from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock, SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.advisory import adapters, asking, passing, telling, wire
from watchward.console.advisory.models import Advisory, Answer, AnswerEntry
from watchward.console.estate.models import Organisation
from watchward.console.link.kinds import Kind, Way, register
from watchward.console.link.models import Peer
from watchward.link.stream import Envelope
from watchward.respond.advisory import answer as pure
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.as_json import of_json
from watchward.respond.advisory.content import Advisory as Says
from watchward.respond.advisory.content import checked
from watchward.respond.advisory.correction import compared, corrected

SLACK: Final = timedelta(minutes=2)
"""How far moments may be apart that two clocks tell, after what is known of how these differ."""

_MOST_LINES: Final = 500
"""Lines of one time line that nodes below may have told; more are not kept, so that no child can fill the disk."""

_CLOCKS_DIFFER: Final = 60.0
_CLOCK: Final = SystemClock()
_DROPPED: Final = "Its node no longer says what it had answered"
_WITHDRAWN: Final = "What its node answered was withdrawn, and counts no longer"


def register_kinds() -> None:
    """Let alerts and offers of help travel down, and answers up."""
    register(
        Kind(
            name=passing.ADVISORY,
            way=Way.DOWN,
            label="High severity alerts",
            take=take_advisory,
            holding=passing.holding,
            drop=drop_advisories,
        )
    )
    register(Kind(name=passing.HELP, way=Way.DOWN, label="Help with high severity alerts", take=take_help))
    register(
        Kind(
            name=passing.ANSWER,
            way=Way.UP,
            label="Answers to high severity alerts",
            take=take_answer,
            holding=passing.answered,
            drop=drop_answers,
            withdraw=withdraw_answers,
            held=lambda peer: asking.said_by(peer).count(),
        )
    )


def take_advisory(envelope: Envelope, peer: Peer, now: datetime) -> None:
    """What the node above asks, asks differently, or no longer asks."""
    told = wire.read(envelope.body, wire.Asks)
    known = Advisory.objects.filter(key=envelope.id).select_related("organisation", "peer").first()
    if known is not None and (known.peer is None or (known.peer_id != peer.pk and known.peer.ended_at is None)):
        raise BadInputError("An alert of that name was issued elsewhere.", advice="Issue it anew.")
    if told.withdrawn_at is not None:
        if known is not None and known.state == Advisory.State.ISSUED:
            _end(known, peer, why=told.withdrawn_why, at=told.withdrawn_at, now=now)
        return
    place = Organisation.objects.filter(code=told.place).first()
    if place is None:
        raise BadInputError(f"This node has no organisation {told.place}.", advice="Look at what the child stands for.")
    if known is None:
        _first(envelope.id, told, peer, place, now)
    else:
        _once_more(known, told, peer, place, now)


def _first(key: str, told: wire.Asks, peer: Peer, place: Organisation, now: datetime) -> None:
    says = checked(of_json(told.says), now=told.issued_at)
    advisory = Advisory(
        key=key[:32],
        peer=peer,
        number=_free(told.number, says.whom.area),
        organisation=place,
        organisation_path=place.path,
        state=Advisory.State.ISSUED,
        version=told.version,
        drafted_at=told.issued_at,
        drafted_by=told.issued_by,
        issued_at=told.issued_at,
        issued_by=told.issued_by,
    )
    asking.say(advisory, says)
    asked = _put(advisory, told, peer, since=told.issued_at, now=now)
    record(
        AuditEvent.ADVISORY_ISSUED, by=peer, subject=advisory, organisation=place, clock=HeldClock(at=now),
        asked=f"{asked:,}",
    )  # fmt: skip


def _free(number: str, area: str) -> str:
    """The number of an alert, or one like it where this node has given that to another."""
    if not Advisory.objects.filter(number=number).exists():
        return number
    found = f"{number}-{area}"[:17]
    used = set(Advisory.objects.filter(number__startswith=found).values_list("number", flat=True))
    return next(one for one in (found, *(f"{found}-{each}" for each in range(2, 100))) if one not in used)


def _once_more(advisory: Advisory, told: wire.Asks, peer: Peer, place: Organisation, now: datetime) -> None:
    """What was told again, or corrected: a version that is older than the known one changes nothing."""
    if advisory.state == Advisory.State.WITHDRAWN:
        asking.reinstate(advisory)
    before, version = advisory.says, advisory.version
    if told.version < version:
        return
    advisory.peer, advisory.version = peer, told.version
    advisory.organisation, advisory.organisation_path = place, place.path
    asking.say(advisory, checked(of_json(told.says), now=told.issued_at))
    since = told.at if told.version > version else told.issued_at
    asked = _put(advisory, told, peer, since=since, now=now, before=before)
    if told.version > version:
        record(
            AuditEvent.ADVISORY_CORRECTED, by=peer, subject=advisory, organisation=place, clock=HeldClock(at=now),
            reason=told.why, asked=f"{asked:,}",
        )  # fmt: skip


def _put(  # noqa: PLR0913 - what came, and when it counts from
    advisory: Advisory,
    told: wire.Asks,
    peer: Peer,
    *,
    since: datetime,
    now: datetime,
    before: Says | None = None,
) -> int:
    """Ask the organisations of this node, and tell the nodes below."""
    asking.keep_version(advisory, by_name=told.issued_by, why=told.why, at=told.at)
    found = passing.codes_of([*told.named, *(code for one in told.later for code in one.codes)])
    again = asking.ask_again(
        advisory,
        before or advisory.says,
        by_name=str(peer),
        at=since,
        now=now,
        peer=peer,
        named=[found[code].pk for code in told.named if code in found],
        moments={found[code].pk: one.at for one in told.later for code in one.codes if code in found},
    )
    passing.down(advisory, clock=HeldClock(at=now))
    return again


def _end(advisory: Advisory, peer: Peer, *, why: str, at: datetime, now: datetime) -> None:
    clock = HeldClock(at=now)
    asking.withdraw(advisory, why=why, at=at)
    passing.down(advisory, clock=clock)
    event, where = AuditEvent.ADVISORY_WITHDRAWN, advisory.organisation
    record(event, by=peer, subject=advisory, organisation=where, clock=clock, reason=advisory.withdrawn_why)


def drop_advisories(peer: Peer, told: frozenset[str]) -> None:
    """What the node above told earlier and not again holds no longer."""
    now = _CLOCK.now()
    for one in Advisory.objects.filter(peer=peer, state=Advisory.State.ISSUED).select_related("organisation"):
        if one.key not in told:
            _end(one, peer, why=f"{peer} asks it no longer.", at=now, now=now)


def take_help(envelope: Envelope, peer: Peer, now: datetime) -> None:
    """Help that somebody above offers to organisations of this node, and of those below."""
    told = wire.read(envelope.body, wire.Offers)
    advisory = Advisory.objects.filter(key=told.advisory, peer=peer).select_related("organisation").first()
    if advisory is None:
        raise BadInputError("This node knows no such alert.", advice="Nothing was changed.")
    if advisory.state != Advisory.State.ISSUED:
        return
    to = Answer.objects.filter(advisory=advisory, organisation__in=passing.codes_of(told.codes).values())
    offered = [one for one in to.select_related("advisory", "organisation") if one.stands.is_open]
    text, at = "Offered help", min(told.at, now)
    AnswerEntry.objects.bulk_create(
        [adapters.entry_of(one, at=at, by_name=told.by, text=text, note=told.note, peer=peer) for one in offered],
        batch_size=500,
    )
    for one in offered:
        Answer.objects.filter(pk=one.pk).update(offered_at=at)
    clock, elsewhere = HeldClock(at=now), adapters.at_other_nodes()
    here = [one for one in offered if one.organisation_path not in elsewhere]
    telling.tell_of_help(advisory, here, by_name=told.by, note=told.note, now=now)
    passing.offer(advisory, offered, by_name=told.by, note=told.note, clock=clock, key=envelope.id)
    deeds = [Deed(subject=advisory, organisation=one.organisation) for one in offered]
    record_each(AuditEvent.ADVISORY_HELP_OFFERED, by=peer, deeds=deeds, clock=clock)


def take_answer(envelope: Envelope, peer: Peer, now: datetime) -> None:
    """What an organisation of a node below says."""
    told = wire.read(envelope.body, wire.Says)
    advisory = Advisory.objects.filter(key=told.advisory).exclude(state=Advisory.State.DRAFT).first()
    if advisory is None:
        raise BadInputError("This node issued no such alert.", advice="Nothing was changed.")
    if advisory.state == Advisory.State.WITHDRAWN:
        return
    answer = _asked(advisory, told, peer, now)
    if answer.stands is Standing.RELEASED and told.version < advisory.version:
        return  # a correction is on its way that releases it there too
    _require_may_say(told, answer)
    asked_at, said_at = _moments(told, answer, peer, now)
    stands = pure.Answer(
        standing=told.standing,
        asked_at=asked_at,
        said_at=asked_at if told.standing is Standing.ASKED else said_at,
        wants_help=told.wants_help and told.standing.is_open,
    )
    adapters.put(answer, stands, act_by=advisory.act_by)
    answer.voice, answer.by_name, answer.note, answer.peer = told.voice.value, told.by, told.note, peer
    lines = _new_lines(told, answer, peer, now)
    adapters.store([answer], [*lines, *_corrected_since(advisory, told, answer, now)])
    passing.up([answer], clock=HeldClock(at=now))


def _require_may_say(told: wire.Says, answer: Answer) -> None:
    """Refuse a child that lets its own off: whoever issued the alert releases, and then stands so here already."""
    if told.standing is Standing.RELEASED and answer.stands is not Standing.RELEASED:
        raise BadInputError(
            f"{told.code} is still asked: only whoever issued the alert releases.",
            advice="Answer that it does not apply, and why.",
        )


def _new_lines(told: wire.Says, answer: Answer, peer: Peer, now: datetime) -> list[AnswerEntry]:
    """The lines of its time line that are not known here yet: what was told once stays, whatever is told later."""
    kept = answer.entries.filter(peer__way=Peer.Way.CHILD)
    known = {(one.told_at or one.at, one.by_name, one.text, one.note, one.standing) for one in kept}
    room, ahead = _MOST_LINES - len(known), _ahead(peer)
    new: dict[tuple[object, ...], AnswerEntry] = {}
    for one in told.lines:
        key = (one.at, one.by, one.text, one.note, one.standing.value)
        # Whoever releases has a line of its own here: told by a child, it would hold an answer released later.
        if key not in known and one.standing is not Standing.RELEASED:
            new[key] = AnswerEntry(
                answer=answer,
                at=min(max(one.at - ahead, answer.asked_at), now),
                told_at=one.at,
                by_name=one.by,
                text=one.text,
                note=one.note,
                standing=one.standing.value,
                due_by=one.due_by,
                wants_help=one.wants_help,
                peer=peer,
            )
    return list(new.values())[: max(room, 0)]


def _asked(advisory: Advisory, told: wire.Says, peer: Peer, now: datetime) -> Answer:
    """The row of the organisation that answers, if the node may answer for it and it is asked."""
    place = Organisation.objects.filter(code=told.code).first()
    if place is None:
        raise BadInputError(f"This node knows no organisation {told.code}.", advice="Import it there first.")
    if peer.organisation is None or not place.path.startswith(peer.organisation.path):
        raise BadInputError(f"{peer} does not speak for {told.code}.", advice="Only its own may be answered for.")
    held = Answer.objects.select_for_update(of=("self",)).select_related("organisation")
    answer = held.filter(advisory=advisory, organisation=place).first()
    if answer is None and advisory.says.whom.only_known:
        # The node knows that they run what the alert is about, and this one did not.
        rows = adapters.concerned(advisory.says, advisory.organisation, now).filter(pk=place.pk)
        asking.ask(advisory, list(rows.values_list("pk", "path", "kind")), {}, now=advisory.issued_at or now)
        answer = held.filter(advisory=advisory, organisation=place).first()
    if answer is None:
        raise BadInputError(f"{advisory.number} does not ask {told.code}.", advice="Nothing was changed.")
    answer.advisory = advisory
    return answer


def _moments(told: wire.Says, answer: Answer, peer: Peer, now: datetime) -> tuple[datetime, datetime]:
    """When the organisation was asked, by this node's own record, and when it said something, by this node's clock."""
    advisory = answer.advisory
    asked = {answer.asked_at, answer.first_asked_at, *advisory.versions.values_list("at", flat=True)}
    before = [at for at in asked if at <= min(told.asked_at, answer.asked_at)]
    said_at = told.said_at - _ahead(peer)
    if not before or (told.standing is not Standing.ASKED and said_at < max(before) - SLACK):
        raise BadInputError("The answer is older than the question.", advice="Look at that node's clock.")
    if said_at > now + SLACK:
        raise BadInputError("The answer lies in the future.", advice="Look at that node's clock.")
    asked_at = max(before)
    return asked_at, min(max(said_at, asked_at), now)


def _ahead(peer: Peer) -> timedelta:
    """How far a node's clock is ahead, as far as that matters."""
    seconds = peer.skew_seconds or 0.0
    return timedelta(seconds=seconds) if abs(seconds) > _CLOCKS_DIFFER else timedelta()


def _corrected_since(advisory: Advisory, told: wire.Says, answer: Answer, now: datetime) -> list[AnswerEntry]:
    """Ask an organisation again that answered before it knew of a correction that touches its answer."""
    before = advisory.versions.filter(number=told.version).first() if told.version < advisory.version else None
    if before is None:
        return []
    stood, at = adapters.stands(answer), advisory.versions.get(number=advisory.version).at
    stands = corrected(stood, compared(of_json(before.content), advisory.says), at=at)
    if stands == stood:
        return []
    adapters.put(answer, stands, act_by=advisory.act_by)
    return [adapters.entry_of(answer, at=now, by_name=str(answer.peer), text=asking.ASKED_AGAIN)]


def drop_answers(peer: Peer, told: frozenset[str]) -> None:
    """Answers that a node below told earlier and not again, because it was put back to a backup, count no longer."""
    asking.unsay(peer, but=told, text=_DROPPED, at=_CLOCK.now())


def withdraw_answers(peer: Peer) -> int:
    """Nothing that a node below answered counts any longer."""
    return asking.unsay(peer, text=_WITHDRAWN, at=_CLOCK.now())
