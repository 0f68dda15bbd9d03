"""How questions go down and answers come up, over the links between nodes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Service
from watchward.console.estate.models import Organisation
from watchward.console.hunts import adapters, wire
from watchward.console.hunts.models import Answer, Question, State
from watchward.console.link import kinds
from watchward.console.link.kinds import Kind, Way
from watchward.console.link.models import Peer
from watchward.console.link.telling import children, tell, written
from watchward.link.stream import Envelope

_LONGEST_WINDOW: Final = timedelta(days=90)
_LONGEST_OPEN: Final = timedelta(days=30)
_SLACK: Final = timedelta(minutes=10)
"""How far clocks may be apart, besides what is known of how they differ."""

_WITHDRAWN: Final = "All that the node sent was withdrawn."
_LINKS: Final = Service(name="links")


def register() -> None:
    """Let questions travel down, and answers up."""
    kinds.register(
        Kind(
            name=adapters.QUESTION,
            way=Way.DOWN,
            label="Questions to events",
            take=_take_question,
            holding=_questions_for,
            drop=_drop_questions,
        )
    )
    kinds.register(
        Kind(
            name=adapters.ANSWER,
            way=Way.UP,
            label="Answers to questions: counts, and rows that somebody let out",
            take=_take_answer,
            holding=_answers_for,
            drop=_drop_answers,
            withdraw=_withdraw_answers,
            held=lambda peer: Answer.objects.filter(peer=peer).exclude(reason=_WITHDRAWN).count(),
        )
    )


def _take_question(envelope: Envelope, peer: Peer, now: datetime) -> None:
    body, clock = wire.read_question(envelope.body), HeldClock(at=now)
    known = Question.objects.filter(pk=envelope.id).select_related("peer").first()
    if known is not None:
        _take_again(known, body, peer, clock)
        return
    if body.withdrawn_at is not None or body.ends_at <= now:
        return
    _require_bounded(body, latest=now + _SLACK + _ahead(peer))
    question = Question.objects.create(pk=envelope.id[:32], peer=peer, **wire.fields_of(body))
    asked = children()
    question.to.set(asked)
    tell(adapters.QUESTION, id=question.pk, body=wire.question_body(question), to=asked, clock=clock, why=body.purpose)
    here = adapters.ask_here(question, within=adapters.EVERYTHING, clock=clock)
    record(
        AuditEvent.QUESTION_CAME,
        by=_LINKS,
        subject=question,
        clock=clock,
        asker=f"{body.asker}, {body.node}",
        purpose=body.purpose,
        text=body.text[:5_000],
        nodes=len(asked),
        organisations=len(here),
        question=question.pk,
    )


def _take_again(known: Question, body: wire.AskedBody, peer: Peer, clock: HeldClock) -> None:
    """A question that this node knows is told again: withdrawn, or as it holds though it was thought to be dropped."""
    if known.peer_id != peer.pk and not _left_by_another(known, body):
        raise BadInputError("A question of that name was asked by somebody else.", advice="Ask it anew.")
    if body.withdrawn_at is not None:
        if known.withdrawn_at is None:
            adapters.end(known, clock=clock)
    elif body.ends_at > clock.now() and (known.withdrawn_at is not None or known.peer_id != peer.pk):
        adapters.reinstate(known, peer=peer, clock=clock)


def _left_by_another(known: Question, body: wire.AskedBody) -> bool:
    """Whether the very same question came from a node above that this one has left since: another now passes it on."""
    return known.peer is not None and known.peer.ended_at is not None and wire.is_same(known, body)


def _require_bounded(body: wire.AskedBody, *, latest: datetime) -> None:
    if not timedelta() < body.until - body.since <= _LONGEST_WINDOW or body.at - body.since > _LONGEST_WINDOW:
        raise BadInputError("It asks about more than 90 days.", advice="Ask about fewer days.")
    if body.ends_at - body.at > _LONGEST_OPEN:
        raise BadInputError("It would stay open for more than 30 days.", advice="Ask for a shorter time.")
    if max(body.at, body.until) > latest:
        raise BadInputError("It was asked in the future.", advice="Look at the clock of the node that asked.")


def _ahead(peer: Peer) -> timedelta:
    """How far a node's clock is known to be ahead."""
    return timedelta(seconds=max(peer.skew_seconds or 0.0, 0.0))


def _questions_for(peer: Peer) -> Iterator[Envelope]:
    for one in Question.objects.filter(to=peer, withdrawn_at=None, ends_at__gt=timezone.now()).iterator():
        yield _told(adapters.QUESTION, one.pk, one.at, wire.question_body(one))


def _drop_questions(peer: Peer, told: frozenset[str]) -> None:
    now = timezone.now()
    for one in Question.objects.filter(peer=peer, withdrawn_at=None, ends_at__gt=now):
        if one.pk not in told:
            adapters.end(one, clock=HeldClock(at=now))


def _take_answer(envelope: Envelope, peer: Peer, now: datetime) -> None:
    body = wire.read_answer(envelope.body)
    question = Question.objects.filter(pk=body.question, to=peer).select_related("peer").first()
    if question is None or not question.is_open(now):
        raise BadInputError("Nobody here asked that, or it is no longer open.", advice="Leave it.")
    place = Organisation.objects.filter(code=body.code).first()
    if place is None or peer.organisation is None or not place.path.startswith(peer.organisation.path):
        raise BadInputError(f"The node does not speak for {body.code}.", advice="Only its own may be answered for.")
    answer, _ = Answer.objects.update_or_create(
        question=question,
        peer=peer,
        code=body.code,
        defaults={
            "organisation": place,
            "name": body.name,
            "state": body.state,
            "events": body.events,
            "devices": body.devices,
            "below": body.below,
            "reason": body.reason,
            "rows": wire.rows_of(body),
            "told_as": envelope.id[:200],
            "at": min(body.at, now),
        },
    )
    adapters.tell_on(answer, clock=HeldClock(at=now))


def _answers_for(peer: Peer) -> Iterator[Envelope]:
    open_now = Answer.objects.filter(
        question__peer=peer, question__withdrawn_at=None, question__ends_at__gt=timezone.now()
    )
    for one in open_now.select_related("question", "peer").iterator():
        yield _told(adapters.ANSWER, adapters.id_of(one), one.at, wire.answer_body(one))


def _drop_answers(peer: Peer, told: frozenset[str]) -> None:
    for one in Answer.objects.filter(peer=peer, question__withdrawn_at=None, question__ends_at__gt=timezone.now()):
        if one.told_as not in told:
            one.delete()


def _withdraw_answers(peer: Peer) -> int:
    """Forget all that a child answered, and tell so to whoever asked first."""
    clock = HeldClock(at=timezone.now())
    gone = Q(state=State.REFUSED, reason=_WITHDRAWN, events=0, devices=0, rows__isnull=True)
    answers = list(Answer.objects.filter(peer=peer).exclude(gone).select_related("question", "question__peer", "peer"))
    for one in answers:
        one.state, one.reason, one.rows = State.REFUSED, _WITHDRAWN, None
        one.events = one.devices = one.below = 0
        adapters.keep(one, clock=clock)
    return len(answers)


def _told(kind: str, key: str, at: datetime, body: dict[str, object]) -> Envelope:
    made_at = at.isoformat(timespec="microseconds")
    return Envelope(kind=kind, id=key, made_at=made_at, body=written(body))
