"""What may be read about high severity alerts, and by whom."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.advisory import adapters, knowing
from watchward.console.advisory.filters import AnswerFilter
from watchward.console.advisory.models import Advisory, AdvisoryVersion, Answer, AnswerEntry
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.content import SMALL, next_number
from watchward.respond.advisory.proposal import Likely, Proposal
from watchward.respond.advisory.speaking import Voice

PAGE: Final = 25
_TASKS: Final = 100
_HOSTED: Final = 500
"""Organisations that one page offers to answer for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far the organisations of one part of the area are.

    Args:
        path: of the part.
        code: its code, to narrow the list by.
        name: what it is called.
        standings: how many stand where.
        late: how many of them are late.
        wants_help: how many want help.

    """

    path: str
    code: str
    name: str
    standings: Counter[Standing] = field(default_factory=Counter)
    late: int = 0
    wants_help: int = 0

    @property
    def asked(self) -> int:
        """How many were asked, but for those who are no longer."""
        return sum(self.standings.values()) - self.standings[Standing.RELEASED]

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return self.standings[Standing.ASKED]

    @property
    def answered(self) -> int:
        """How many have said anything."""
        return self.asked - self.silent

    @property
    def closed(self) -> int:
        """How many have come to an end."""
        return (
            sum(number for one, number in self.standings.items() if not one.is_open) - self.standings[Standing.RELEASED]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Whom an alert would ask.

    Args:
        total: how many organisations.
        kinds: how many of each kind, most first.
        places: how many in each part of the area, by its name.
        likely: how many of which proposal.

    """

    total: int
    kinds: Sequence[tuple[OrganisationKind, int]]
    places: Sequence[tuple[str, int]]
    likely: Counter[Likely]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An answer in a list.

    Args:
        answer: which.
        stake: what losing the organisation would cost, in severity-weighted patients; None where nobody knows.

    """

    answer: Answer
    stake: float | None


def advisories_visible_to(viewer: Actor) -> QuerySet[Advisory]:
    """The alerts that were issued for areas that the viewer sees, or that ask an organisation that they see.

    Drafts are for those who may issue them.
    """
    sees, issues = reach(viewer, Permission.ADVISORY_VIEW), reach(viewer, Permission.ADVISORY_ISSUE)
    asks = Answer.objects.filter(sees.q("organisation_path"), advisory=OuterRef("pk"))
    issued = ~Q(state=Advisory.State.DRAFT) & (sees.q("organisation_path") | Exists(asks))
    drafts = Q(state=Advisory.State.DRAFT) & issues.q("organisation_path")
    return Advisory.objects.filter(issued | drafts)


def advisory_visible_to(viewer: Actor, number: str) -> Advisory | None:
    """One alert, by its number."""
    return advisories_visible_to(viewer).filter(number=number.upper()).select_related("organisation").first()


def advisory_page(viewer: Actor, *, ended: bool, number: int) -> tuple[list[Advisory], bool]:
    """One page of alerts that hold (or were withdrawn), the newest first, and whether there is another after it."""
    found = advisories_visible_to(viewer).exclude(state=Advisory.State.DRAFT)
    state = Advisory.State.WITHDRAWN if ended else Advisory.State.ISSUED
    rows = list(
        found.filter(state=state)
        .select_related("organisation")
        .order_by("-issued_at", "-pk")[(number - 1) * PAGE : number * PAGE + 1]
    )
    return rows[:PAGE], len(rows) > PAGE


def drafts_of(viewer: Actor) -> list[Advisory]:
    """The drafts that somebody may issue."""
    return list(advisories_visible_to(viewer).filter(state=Advisory.State.DRAFT).order_by("-drafted_at")[:PAGE])


def may_issue(viewer: Actor, organisation: Organisation | None = None) -> bool:
    """Whether somebody may issue alerts for an area, or for any."""
    where = reach(viewer, Permission.ADVISORY_ISSUE)
    return (where.everything or bool(where.paths)) if organisation is None else organisation.path in where


def may_change(viewer: Actor, advisory: Advisory) -> bool:
    """Whether somebody may correct or withdraw an alert: never one that another node issued."""
    return advisory.peer_id is None and may_issue(viewer, advisory.organisation)


def require_own(advisory: Advisory) -> None:
    """Refuse what may only be done at the node that issued an alert."""
    adapters.require_own(advisory)


def areas_for(viewer: Actor) -> QuerySet[Organisation]:
    """The areas for which somebody may issue alerts."""
    return organisations_where(viewer, Permission.ADVISORY_ISSUE)


def top_for(viewer: Actor) -> Organisation | None:
    """The largest area for which somebody may issue alerts."""
    return areas_for(viewer).order_by("path").first()


def free_number(viewer: Actor) -> str:
    """A number that no alert has: the one after the newest alert's that the viewer sees."""
    newest = advisories_visible_to(viewer).order_by("-pk").values_list("number", flat=True).first() or "CC-0"
    return next_number(newest.partition("-")[0], frozenset(Advisory.objects.values_list("number", flat=True)))


def preview(advisory: Advisory, now: datetime) -> Preview:
    """Whom an alert would ask if it were issued now. The caller has been shown the draft."""
    rows, found = adapters.proposals_for(advisory.says, advisory.organisation, now)
    kinds = Counter(OrganisationKind(kind) for _, _, kind in rows)
    area = adapters.divided(advisory.organisation_path)
    places = Counter(adapters.place_of(path, area) for _, path, _ in rows)
    names = _names(places)
    likely = Counter(found[pk].likely if pk in found else Likely.UNKNOWN for pk, _, _ in rows)
    listed = sorted(((names.get(path, path), count) for path, count in places.items()), key=lambda one: one[0])
    return Preview(total=len(rows), kinds=kinds.most_common(), places=listed, likely=likely)


def _names(paths: Iterable[str]) -> dict[str, str]:
    return dict(Organisation.objects.filter(path__in=list(paths)).values_list("path", "name"))


def answers_visible_to(viewer: Actor) -> QuerySet[Answer]:
    """The answers of organisations that the viewer may see."""
    return Answer.objects.filter(reach(viewer, Permission.ADVISORY_VIEW).q("organisation_path"))


def progress(viewer: Actor, advisory: Advisory, now: datetime) -> list[Place]:
    """How far each part of the area is, as far as the viewer sees it: those with most that are late first."""
    found: dict[str, Place] = {}
    counted = answers_visible_to(viewer).filter(advisory=advisory).order_by()
    rows = counted.values_list("place", "standing", "wants_help").annotate(
        number=Count("pk"), late=Count("pk", filter=Q(due_by__lte=now))
    )
    listed = list(rows)
    names = _names({row[0] for row in listed})
    for path, standing, wants_help, number, late in listed:
        code = path.strip("/").rpartition("/")[2]
        before = found.get(path, Place(path=path, code=code, name=names.get(path, code)))
        before.standings[Standing(standing)] += number
        found[path] = Place(
            path=path,
            code=code,
            name=before.name,
            standings=before.standings,
            late=before.late + late,
            wants_help=before.wants_help + (number if wants_help else 0),
        )
    return sorted(found.values(), key=lambda one: (-one.late, -one.silent, one.name))


def together(places: Iterable[Place]) -> Place:
    """All parts as one."""
    listed = list(places)
    standings = sum((one.standings for one in listed), Counter[Standing]())
    late, helped = sum(one.late for one in listed), sum(one.wants_help for one in listed)
    return Place(path="", code="", name="All", standings=standings, late=late, wants_help=helped)


def answer_page(viewer: Actor, advisory: Advisory, asked: AnswerFilter, now: datetime) -> tuple[list[Row], bool]:
    """One page of an alert's answers, the worst for patients first, and whether there is another after it."""
    found = _narrowed(answers_visible_to(viewer).filter(advisory=advisory), asked, now)
    by_stake = worst_first(found).select_related("organisation", "peer")
    rows = [Row(answer=one, stake=one.stake) for one in by_stake[(asked.page - 1) * PAGE : asked.page * PAGE + 1]]
    return rows[:PAGE], len(rows) > PAGE


def worst_first(found: QuerySet[Answer]) -> QuerySet[Any]:
    """Answers in order of what losing the organisation would cost patients, which is their `stake`."""
    own = FilteredRelation("organisation__stakes", condition=Q(organisation__stakes__device=""))
    weighed = found.annotate(worth=own).annotate(stake=F("worth__whole"))
    return weighed.order_by(F("stake").desc(nulls_last=True), "pk")


def _narrowed(found: QuerySet[Answer], asked: AnswerFilter, now: datetime) -> QuerySet[Answer]:
    if asked.which == "late":
        found = found.filter(due_by__lte=now)
    elif asked.which == "help":
        found = found.filter(wants_help=True)
    elif asked.which == "open":
        found = found.filter(due_by__isnull=False)
    elif asked.which:
        found = found.filter(standing=asked.which)
    if asked.place:
        found = found.filter(_below(asked.place))
    if asked.text:
        found = found.filter(Q(organisation__name__icontains=asked.text) | Q(organisation__code=asked.text.upper()))
    return found


def _below(code: str) -> Q:
    paths = Organisation.objects.filter(code=code).values_list("path", flat=True)
    return Reach(paths=tuple(paths)).q("organisation_path")


def narrowed_organisations(
    viewer: Actor, advisory: Advisory, asked: AnswerFilter, permission: Permission, now: datetime
) -> list[Organisation]:
    """The organisations of a list of answers at which the viewer holds a permission."""
    where = reach(viewer, permission).q("organisation_path")
    found = _narrowed(answers_visible_to(viewer).filter(where, advisory=advisory), asked, now)
    return list(Organisation.objects.filter(pk__in=found.order_by().values("organisation")).order_by("pk"))


def answer_visible_to(viewer: Actor, advisory: Advisory, code: str) -> Answer | None:
    """One organisation's answer to an alert."""
    found = answers_visible_to(viewer).filter(advisory=advisory, organisation__code=code.upper())
    return found.select_related("advisory", "organisation", "peer").first()


def only_answer(viewer: Actor, advisory: Advisory) -> Answer | None:
    """The answer of the one organisation that the viewer sees of those that an alert asks; None if they see more."""
    if reach(viewer, Permission.ADVISORY_VIEW).everything:
        return None
    some = list(answers_visible_to(viewer).filter(advisory=advisory).select_related("organisation")[:2])
    return some[0] if len(some) == 1 else None


def tasks_of(viewer: Actor) -> list[Answer]:
    """What the viewer's own organisations are asked and have not closed, what is due first before all else."""
    mine = Answer.objects.filter(
        reach(viewer, Permission.ADVISORY_ANSWER).q("organisation_path"),
        due_by__isnull=False,
        advisory__state=Advisory.State.ISSUED,
    )
    return list(mine.select_related("advisory", "organisation", "peer").order_by("due_by", "pk")[:_TASKS])


def closed_by(viewer: Actor) -> list[Answer]:
    """What the viewer's own organisations were asked and have closed, the newest first."""
    mine = Answer.objects.filter(reach(viewer, Permission.ADVISORY_ANSWER).q("organisation_path"), due_by=None).exclude(
        standing=Standing.RELEASED
    )
    return list(mine.select_related("advisory", "organisation").order_by("-said_at")[:PAGE])


def may_answer(viewer: Actor, answer: Answer) -> bool:
    """Whether somebody may answer for an organisation as its own voice, at this node."""
    mine = answer.organisation_path in reach(viewer, Permission.ADVISORY_ANSWER)
    return mine and answer.organisation_path not in adapters.at_other_nodes()


def may_help(viewer: Actor, path: str) -> bool:
    """Whether somebody may offer an organisation help."""
    return path in reach(viewer, Permission.ADVISORY_HELP)


def proposal_now(answer: Answer, now: datetime) -> Proposal:
    """What is proposed to an organisation, from what is known of it now."""
    products = answer.advisory.says.products
    found = knowing.proposals(products, [answer.organisation_id], now.date())
    return found.get(answer.organisation_id) or knowing.nothing_known(products)


def entries_of(answer: Answer) -> list[AnswerEntry]:
    """What was said and done about an answer, the newest first."""
    return list(answer.entries.all()[:200])


def versions_of(advisory: Advisory) -> list[AdvisoryVersion]:
    """What an alert has said, the newest first."""
    return list(advisory.versions.all())


def hosted(viewer: Actor, advisory: Advisory, asked: AnswerFilter, now: datetime) -> list[Answer]:
    """The small organisations that have not spoken for themselves, and for which the viewer may answer."""
    where = reach(viewer, Permission.ADVISORY_ANSWER_FOR).q("organisation_path")
    mine = Answer.objects.filter(where, advisory=advisory, kind__in=[one.value for one in SMALL], due_by__isnull=False)
    mine = mine.exclude(adapters.at_other_nodes().q("organisation_path"))
    found = _narrowed(mine.exclude(voice=Voice.OWN), asked, now).select_related("organisation", "peer")
    return list(found.order_by("likely", "organisation__name")[:_HOSTED])


def may_answer_for_any(viewer: Actor, advisory: Advisory) -> bool:
    """Whether there is anybody for whom the viewer may answer."""
    where = reach(viewer, Permission.ADVISORY_ANSWER_FOR)
    if not (where.everything or where.paths):
        return False
    small = [one.value for one in SMALL]
    mine = Answer.objects.filter(where.q("organisation_path"), advisory=advisory, kind__in=small)
    return mine.exclude(adapters.at_other_nodes().q("organisation_path")).exists()


def organisations_of(viewer: Actor, permission: Permission, codes: Sequence[str]) -> list[Organisation]:
    """Some organisations at which the viewer holds a permission, by their codes."""
    return list(organisations_where(viewer, permission).filter(code__in=codes[:_HOSTED]))


def anything_for(viewer: Actor) -> bool:
    """Whether the viewer's own organisation is asked anything that has no answer yet."""
    mine = reach(viewer, Permission.ADVISORY_ANSWER)
    if mine.everything or not mine.paths:
        return False
    waiting = Answer.objects.filter(
        mine.q("organisation_path"), standing=Standing.ASKED, advisory__state=Advisory.State.ISSUED
    )
    return waiting.exists()
