"""What other nodes are told of high severity alerts: the part of adapters.py that speaks with them.

Down goes each alert to the nodes below that have organisations which it concerns, and help that is offered; up goes
where each organisation's answer stands, with its time line (ADR 0252).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.db.models import Q

from watchward.base.clock import Clock
from watchward.console.access.guard import Reach
from watchward.console.advisory import adapters, wire
from watchward.console.advisory.models import Advisory, AdvisoryVersion, Answer, AnswerEntry
from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer
from watchward.console.link.telling import children, parent, tell, tell_each, written
from watchward.link.stream import Envelope
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.speaking import Voice
from watchward.telemetry.masking import masked_text

ADVISORY: Final = "advisory"
ANSWER: Final = "advisory_answer"
HELP: Final = "advisory_help"
"""The classes of data that travel."""

_TOLD_FOR: Final = timedelta(days=30)
"""So long after its withdrawal a node that was away is still told why."""

_AT_ONCE: Final = 500


def down(advisory: Advisory, *, clock: Clock) -> None:
    """Tell the nodes below whom an alert concerns what became of it."""
    for peer in children():
        if _concerns(advisory, peer):
            why = f"{advisory.number} asks their organisations"
            tell(ADVISORY, id=advisory.key, body=_body(advisory, peer), to=[peer], clock=clock, why=why)


def holding(peer: Peer) -> Iterator[Envelope]:
    """The alerts that hold for a node below, and those that were withdrawn lately, with why."""
    lately = Q(state=Advisory.State.WITHDRAWN, withdrawn_at__gt=(peer.last_at or peer.joined_at) - _TOLD_FOR)
    told = Advisory.objects.filter(Q(state=Advisory.State.ISSUED) | lately).select_related("organisation")
    for advisory in told.order_by("issued_at", "pk"):
        if _concerns(advisory, peer):
            body = _body(advisory, peer)
            yield _envelope(ADVISORY, advisory.key, advisory.withdrawn_at or _version(advisory).at, body)


def _concerns(advisory: Advisory, peer: Peer) -> bool:
    """Whether an alert asks, or asked, organisations of a node below."""
    if peer.organisation is None:
        return False
    below = Reach(paths=(peer.organisation.path,))
    if Answer.objects.filter(below.q("organisation_path"), advisory=advisory).exists():
        return True
    says = advisory.says
    if not says.whom.only_known:
        return False
    asked = adapters.concerned(says, advisory.organisation, advisory.issued_at or advisory.drafted_at)
    return asked.filter(below.q("path")).exists()  # the node itself knows what they run


def _version(advisory: Advisory) -> AdvisoryVersion:
    return advisory.versions.get(number=advisory.version)


def _body(advisory: Advisory, peer: Peer) -> dict[str, object]:
    version, issued_at = _version(advisory), advisory.issued_at
    assert peer.organisation is not None
    assert issued_at is not None
    area = advisory.organisation
    below = area.path.startswith(peer.organisation.path)
    rows = Answer.objects.filter(Reach(paths=(peer.organisation.path,)).q("organisation_path"), advisory=advisory)
    rows = rows.exclude(standing=Standing.RELEASED).order_by("pk")
    return wire.plain(
        wire.Asks(
            number=advisory.content["number"],
            version=advisory.version,
            says=advisory.content,
            issued_at=issued_at,
            issued_by=advisory.issued_by if advisory.peer_id else f"{advisory.issued_by}, {area.name}"[:200],
            at=version.at,
            why=version.why,
            place=area.code if below else peer.organisation.code,
            withdrawn_at=advisory.withdrawn_at,
            withdrawn_why=advisory.withdrawn_why,
            named=list(rows.values_list("organisation__code", flat=True)) if advisory.says.whom.only_known else [],
            later=_later(rows.exclude(asked_at=issued_at).values_list("asked_at", "organisation__code")),
        )
    )


def _later(rows: Iterable[tuple[datetime, str]]) -> list[wire.Later]:
    """Those whose clocks do not run from the issue, by the moment from which they do."""
    found: dict[datetime, list[str]] = defaultdict(list)
    for at, code in rows:
        found[at].append(code)
    return [wire.Later(at=at, codes=codes) for at, codes in sorted(found.items())]


def up(answers: Sequence[Answer], *, clock: Clock) -> None:
    """Tell the node above where the answers to its alerts stand."""
    to = parent()
    told = [one for one in answers if to and one.advisory.peer_id == to[0].pk]
    by_number: dict[str, list[Answer]] = defaultdict(list)
    for one in told:
        by_number[one.advisory.number].append(one)
    for number, some in by_number.items():
        things = [(one.id, one.body) for one in _told(some, to[0])]
        tell_each(ANSWER, things=things, to=to, clock=clock, why=f"{number} asks for it")


def answered(peer: Peer) -> Iterator[Envelope]:
    """Every answer to an alert of the node above that has a word in it, or that it may not know to be asked."""
    asked = Answer.objects.filter(advisory__peer=peer, advisory__state=Advisory.State.ISSUED)
    words = Q(pk__in=AnswerEntry.objects.exclude(peer=peer).values("answer"))
    rows = asked.filter(words | Q(advisory__content__whom__only_known=True)).select_related("advisory", "organisation")
    some: list[Answer] = []
    for one in rows.order_by("pk").iterator(_AT_ONCE):
        some.append(one)
        if len(some) == _AT_ONCE:
            yield from _envelopes(some, peer)
            some = []
    yield from _envelopes(some, peer)


def _envelopes(some: Sequence[Answer], peer: Peer) -> Iterator[Envelope]:
    for one in _told(some, peer):
        yield _envelope(ANSWER, one.id, one.at, one.body)


def id_of(answer: Answer) -> str:
    """The identifier under which an answer is told, however often it changes."""
    return f"{answer.advisory.key}/{answer.organisation.code}"


def _told(answers: Sequence[Answer], to: Peer) -> Iterator[wire.Ready]:
    """Answers as they are told, each with its time line but for what came from there."""
    for start in range(0, len(answers), _AT_ONCE):
        some = answers[start : start + _AT_ONCE]
        lines: dict[int, list[AnswerEntry]] = defaultdict(list)
        entries = AnswerEntry.objects.filter(answer__in=[one.pk for one in some]).exclude(peer=to)
        for entry in entries.order_by("at", "pk"):
            lines[entry.answer_id].append(entry)
        for one in some:
            mine = lines[one.pk][-wire.MOST_LINES :]
            at = mine[-1].at if mine else one.asked_at
            yield wire.Ready(id=id_of(one), at=at, body=_answer_body(one, mine))


def _answer_body(answer: Answer, entries: Iterable[AnswerEntry]) -> dict[str, object]:
    lines = [
        wire.Line(
            at=one.at,
            by=one.by_name,
            text=one.text,
            note=masked_text(one.note),
            standing=Standing(one.standing),
            due_by=one.due_by,
            wants_help=one.wants_help,
        )
        for one in entries
    ]
    return wire.plain(
        wire.Says(
            advisory=answer.advisory.key,
            version=answer.advisory.version,
            code=answer.organisation.code,
            standing=answer.stands,
            asked_at=answer.asked_at,
            said_at=answer.said_at,
            wants_help=answer.wants_help,
            voice=Voice(answer.voice),
            by=answer.by_name,
            note=masked_text(answer.note),
            lines=lines,
        )
    )


def offer(  # noqa: PLR0913 - who offers what to whom
    advisory: Advisory, answers: Sequence[Answer], *, by_name: str, note: str, clock: Clock, key: str = ""
) -> None:
    """Tell the nodes below that somebody offers their organisations help."""
    for peer in children():
        path = peer.organisation.path if peer.organisation else None
        codes = [one.organisation.code for one in answers if path and one.organisation_path.startswith(path)]
        if codes:
            body = wire.plain(
                wire.Offers(advisory=advisory.key, by=by_name[:200], note=note[:1000], at=clock.now(), codes=codes)
            )
            tell(HELP, id=key or uuid4().hex, body=body, to=[peer], clock=clock, why=f"{by_name} offers help")


def codes_of(codes: Sequence[str]) -> dict[str, Organisation]:
    """Organisations by their codes."""
    found: dict[str, Organisation] = {}
    for start in range(0, len(codes), _AT_ONCE):
        found |= {one.code: one for one in Organisation.objects.filter(code__in=codes[start : start + _AT_ONCE])}
    return found


def _envelope(kind: str, key: str, at: datetime, body: Mapping[str, object]) -> Envelope:
    return Envelope(kind=kind, id=key, made_at=at.isoformat(timespec="microseconds"), body=written(body))
