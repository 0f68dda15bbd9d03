"""Between what high severity alerts decide and the database: whom one asks, and where answers stand."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from watchward.base.errors import BadInputError
from watchward.console.access.guard import Reach
from watchward.console.advisory import knowing
from watchward.console.advisory.models import Advisory, Answer, AnswerEntry
from watchward.console.detect.models import Stake
from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer
from watchward.respond.advisory import answer as pure
from watchward.respond.advisory import content
from watchward.respond.advisory.proposal import Likely, Proposal

_AT_ONCE: Final = 5_000


def concerned(says: content.Advisory, area: Organisation, today: datetime) -> QuerySet[Organisation]:
    """The open organisations of the kinds and the area that an alert concerns, whatever they run."""
    kinds = sorted(kind.value for kind in says.whom.kinds)
    found = Organisation.objects.filter(Reach(paths=(area.path,)).q("path"), kind__in=kinds)
    return found.filter(Q(closed_on=None) | Q(closed_on__gt=today.date())).order_by()


def proposals_for(
    says: content.Advisory, area: Organisation, now: datetime, *, named: Collection[int] = ()
) -> tuple[list[tuple[int, str, str]], dict[int, Proposal]]:
    """Whom an alert would ask (number, path and kind), and what would be proposed to those that are known.

    Args:
        says: what it says.
        area: where it holds.
        now: the moment.
        named: those that are asked although nothing is known here, because whoever issued it names them.

    """
    rows = list(concerned(says, area, now).values_list("pk", "path", "kind"))
    found = knowing.proposals(says.products, [pk for pk, _, _ in rows], now.date())
    if says.whom.only_known:
        runs = {pk for pk, one in found.items() if one.likely is Likely.APPLIES} | set(named)
        rows = [row for row in rows if row[0] in runs]
    return rows, found


def require_own(advisory: Advisory) -> None:
    """Refuse to change what another node issued.

    Raises:
        BadInputError: it came from the node above.

    """
    if advisory.peer_id is not None:
        raise BadInputError(
            f"{advisory.number} came from {advisory.peer}.",
            advice="Only whoever issued it corrects or withdraws it: tell them what is wrong.",
        )


def at_other_nodes() -> Reach:
    """The parts of the tree for which nodes below this one answer."""
    linked = Peer.objects.filter(way=Peer.Way.CHILD, ended_at=None, organisation__isnull=False)
    return Reach(paths=tuple(linked.values_list("organisation__path", flat=True)))


def place_of(path: str, area: str) -> str:
    """The part of an area in which an organisation lies, by its path; the area itself for what lies in no part.

    >>> place_of("/ENG/Y60/QX1/RX1/", "/ENG/"), place_of("/ENG/", "/ENG/")
    ('/ENG/Y60/', '/ENG/')

    """
    return f"{area}{path[len(area) :].partition('/')[0]}/" if len(path) > len(area) else area


def divided(area: str) -> str:
    """The part of an area that has parts itself: where all of it lies in one region, that region, and so on down."""
    below = list(Organisation.objects.filter(parent__path=area, closed_on=None).values_list("path", flat=True)[:2])
    return divided(below[0]) if len(below) == 1 else area


def ask(
    advisory: Advisory,
    rows: Sequence[tuple[int, str, str]],
    found: dict[int, Proposal],
    *,
    now: datetime,
) -> None:
    """Ask organisations: a row for each, in one prepared statement however many they are."""
    says, unknown = advisory.says, knowing.nothing_known(advisory.says.products)
    first = pure.asked(now)
    due = pure.due(first, act_by=says.act_by)
    assert due is not None
    common = {
        "advisory_id": advisory.pk,
        "standing": first.standing.value,
        "voice": "",
        "first_asked_at": now,
        "first_due_by": due.by,
        "asked_at": now,
        "said_at": now,
        "due_by": due.by,
        "due_clock": due.clock.value,
        "wants_help": False,
        "by_name": "",
        "note": "",
        "offered_at": None,
        "told_at": None,
        "late_told": False,
        "peer_id": None,
    }
    fields = [one for one in Answer._meta.concrete_fields if not one.primary_key]
    prepared = {one.attname: one.get_db_prep_save(common[one.attname], connection) for one in fields
                if one.attname in common}  # fmt: skip
    names = [one.attname for one in fields]
    area, values = divided(advisory.organisation_path), []
    for pk, path, kind in rows:
        proposal = found.get(pk, unknown)
        own = {"organisation_id": pk, "organisation_path": path, "place": place_of(path, area),
               "kind": kind, "likely": proposal.likely.value, "why": proposal.why}  # fmt: skip
        row = prepared | own
        values.append([row[name] for name in names])
    quoted = ", ".join(connection.ops.quote_name(one.column or "") for one in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(Answer._meta.db_table)
        cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", values)  # noqa: S608 - names of our own
    _weigh([pk for pk, _, _ in rows])


def _weigh(organisations: Sequence[int]) -> None:
    """Have the worker say what each of them has to lose, so that those who are late stand in order of harm."""
    known = set(Stake.objects.filter(device="").values_list("organisation", flat=True))
    wanted = [Stake(organisation_id=pk, device="") for pk in organisations if pk not in known]
    Stake.objects.bulk_create(wanted, batch_size=_AT_ONCE, ignore_conflicts=True)


def stands(answer: Answer) -> pure.Answer:
    """Where an answer stands, as the pure rules know it."""
    return pure.Answer(
        standing=answer.stands, asked_at=answer.asked_at, said_at=answer.said_at, wants_help=answer.wants_help
    )


def put(answer: Answer, now: pure.Answer, *, act_by: datetime) -> None:
    """Let a row say where its answer stands now, and what is due next; not stored yet."""
    due = pure.due(now, act_by=act_by)
    answer.standing, answer.wants_help = now.standing.value, now.wants_help
    answer.asked_at, answer.said_at = now.asked_at, now.said_at
    by = due.by if due else None
    if by != answer.due_by:
        answer.late_told = False
    answer.due_by, answer.due_clock = by, due.clock.value if due else ""


MOVED: Final = (
    "standing",
    "voice",
    "asked_at",
    "said_at",
    "due_by",
    "due_clock",
    "wants_help",
    "by_name",
    "note",
    "late_told",
    "peer",
)
"""The columns that anything said about an answer changes."""


def entry_of(  # noqa: PLR0913 - what, when, and by whom
    answer: Answer, *, at: datetime, by_name: str, text: str, note: str = "", peer: Peer | None = None
) -> AnswerEntry:
    """A line of an answer's time line, with where it stands now; not stored yet. `peer` is the node that told it."""
    return AnswerEntry(
        answer=answer,
        at=at,
        by_name=by_name[:200],
        text=text[:300],
        note=note[:1000],
        standing=answer.standing,
        due_by=answer.due_by,
        wants_help=answer.wants_help,
        peer=peer,
    )


def store(answers: Sequence[Answer], entries: Iterable[AnswerEntry]) -> None:
    """Keep where answers stand, and the lines of their time lines."""
    fields = {one.name: one for one in Answer._meta.concrete_fields}
    written = [fields[name] for name in MOVED]
    quote = connection.ops.quote_name
    values = [
        [*(one.get_db_prep_save(getattr(answer, one.attname), connection) for one in written), answer.pk]
        for answer in answers
    ]
    names = ", ".join(f"{quote(one.column or one.name)} = %s" for one in written)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {quote(Answer._meta.db_table)} SET {names} WHERE id = %s", values)  # noqa: S608 - names of our own
    AnswerEntry.objects.bulk_create(entries, batch_size=500)
