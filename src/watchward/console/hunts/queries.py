"""What may be read about hunts that travel: by whoever may ask, and by whoever may answer for an organisation."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Aggregate, Count, Q, QuerySet, Sum

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.hunts.models import Answer, Policy, Question, State

PAGE: Final = 25
"""Questions on one page of the list, and answers on one of a question's."""

_OVER: Final = (State.COUNTED, State.GIVEN)
_UNDECIDED: Final = Q(state=State.ASKED) | Q(state=State.COUNTED, found__isnull=False)
"""What waits for somebody's word: whether events may be counted, or rows be let out."""

_COUNTED: Final[Mapping[str, Aggregate]] = {
    "asked": Count("pk"),
    "answered": Count("pk", filter=Q(state__in=_OVER)),
    "holding": Count("pk", filter=Q(events__gt=0)),
    "untold": Count("pk", filter=Q(state__in=_OVER, events=0, below__gt=1)),
    "under_way": Count("pk", filter=Q(state__in=(State.WAITING, State.RUNNING))),
    "events": Sum("events", default=0),
    "devices": Sum("devices", default=0),
}
"""What is counted of answers, by name."""


def may_ask(viewer: Actor) -> bool:
    """Whether somebody may ask anything."""
    where = reach(viewer, Permission.HUNT_ASK)
    return where.everything or bool(where.paths)


def questions_visible_to(viewer: Actor) -> QuerySet[Question]:
    """One's own, those to organisations of which one may ask or for which one may answer, and, over the node, all."""
    within = _within(viewer)
    if not within:
        return Question.objects.all()
    answers = Answer.objects.filter(within).values("question")
    return Question.objects.filter(_own(viewer, "by") | Q(pk__in=answers))


def question_visible_to(viewer: Actor, key: str) -> Question | None:
    """One of them."""
    return questions_visible_to(viewer).filter(pk=key).select_related("peer", "by").first()


def questions_page(viewer: Actor, number: int) -> tuple[list[Question], bool]:
    """One page of them, the latest first, and whether there is another after it."""
    found = questions_visible_to(viewer).select_related("peer", "by")
    rows = list(found[(number - 1) * PAGE : number * PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def answers_visible_to(viewer: Actor, question: Question) -> QuerySet[Answer]:
    """The answers that one may see, those that found most first."""
    found = question.answers.filter(_seen(viewer)).order_by("-events", "name", "pk")
    return found.select_related("organisation", "peer").defer("found", "rows")


def answers_page(viewer: Actor, question: Question, number: int) -> tuple[list[Answer], bool]:
    """One page of them, and whether there is another after it."""
    rows = list(answers_visible_to(viewer, question)[(number - 1) * PAGE : number * PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def answer_visible_to(viewer: Actor, key: int) -> Answer | None:
    """The answer of an organisation of this node, if one may answer for it."""
    where = reach(viewer, Permission.HUNT_ANSWER).q("organisation__path")
    found = Answer.objects.filter(where, pk=key, peer=None, organisation__isnull=False)
    return found.select_related("question", "question__peer", "organisation", "peer").first()


def waits_to_be_given(answer: Answer, now: datetime) -> bool:
    """Whether rows wait for somebody to let them out."""
    return answer.question.is_open(now) and answer.stands is State.COUNTED and bool(answer.found)


def given_to(viewer: Actor, key: int) -> Answer | None:
    """An answer whose rows were let out, if one may see it."""
    answer = Answer.objects.filter(pk=key, state=State.GIVEN).select_related("question", "organisation").first()
    if answer is None or not answers_visible_to(viewer, answer.question).filter(pk=key).exists():
        return None
    return answer


def answers_for(viewer: Actor, answers: Sequence[Answer]) -> frozenset[int]:
    """Those of some answers that are of organisations of this node for which one may answer, by their numbers."""
    where = reach(viewer, Permission.HUNT_ANSWER)
    return frozenset(
        one.pk for one in answers if one.peer_id is None and one.organisation and one.organisation.path in where
    )


def undecided(answers: Collection[int]) -> frozenset[int]:
    """Those of some answers that wait for a word."""
    return frozenset(Answer.objects.filter(_UNDECIDED, pk__in=answers).values_list("pk", flat=True))


def counted(viewer: Actor, question: Question) -> dict[str, int]:
    """How many answered, and how much was found, in all that one may see."""
    return dict(question.answers.filter(_seen(viewer)).order_by().aggregate(**_counts(viewer)))


def counted_each(viewer: Actor, questions: Sequence[Question]) -> dict[str, dict[str, int]]:
    """The same for several questions, by their identifiers."""
    some, names = Answer.objects.filter(_seen(viewer), question__in=questions).order_by(), _counts(viewer)
    rows = some.values_list("question").annotate(**names).values_list("question", *names)
    found = {key: dict(zip(names, counts, strict=True)) for key, *counts in rows}
    return {one.pk: found.get(one.pk, dict.fromkeys(names, 0)) for one in questions}


def _counts(viewer: Actor) -> dict[str, Aggregate]:
    """What is counted, and how many of this node wait for the word of this viewer, who may answer for them."""
    mine = reach(viewer, Permission.HUNT_ANSWER).q("organisation__path")
    return {**_COUNTED, "waits": Count("pk", filter=mine & _UNDECIDED & Q(peer=None))}


def place_to_answer(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of that code, if one may answer for it."""
    return organisations_where(viewer, Permission.HUNT_ANSWER).filter(code=code).first()


def policy_of(organisation: Organisation) -> Policy:
    """What an organisation does with questions of other nodes; where it has said nothing, what then holds."""
    return Policy.objects.filter(organisation=organisation).first() or Policy(organisation=organisation)


def _within(viewer: Actor) -> Q:
    """Answers of organisations of which one may ask, or for which one may answer."""
    held = [reach(viewer, one) for one in (Permission.HUNT_ASK, Permission.HUNT_ANSWER)]
    if any(one.everything for one in held):
        return Q()
    return held[0].q("organisation__path") | held[1].q("organisation__path")


def _seen(viewer: Actor) -> Q:
    """The same, and whatever was answered to one's own questions."""
    within = _within(viewer)
    return within | _own(viewer, "question__by") if within else within


def _own(viewer: Actor, name: str) -> Q:
    """What a person asked; a part of the node sees everything in any case."""
    return Q(**{name: viewer}) if isinstance(viewer, User) else Q(pk__in=[])
