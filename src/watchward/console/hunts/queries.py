"""What may be read about hunts that travel: by whoever may ask, and by whoever may answer for an organisation."""

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from watchward.access.permissions import Permission
from watchward.console.access.guard import organisations_where, reach
from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.hunts.models import Answer, Policy, Question, State

MOST_SHOWN = 200
"""Questions that the list shows: the latest."""


def may_ask(viewer: User) -> bool:
    """Whether somebody may ask anything."""
    where = reach(viewer, Permission.HUNT_ASK)
    return where.everything or bool(where.paths)


def questions_visible_to(viewer: User) -> QuerySet[Question]:
    """One's own, those to organisations of which one may ask or for which one may answer, and, over the node, all."""
    within = _within(viewer)
    if not within:
        return Question.objects.all()
    answers = Answer.objects.filter(within).values("question")
    return Question.objects.filter(Q(by=viewer) | Q(pk__in=answers))


def question_visible_to(viewer: User, key: str) -> Question | None:
    """One of them."""
    return questions_visible_to(viewer).filter(pk=key).select_related("peer", "by").first()


def latest(viewer: User) -> list[Question]:
    """The latest, each with how many organisations have answered, and what they counted, as far as one may see."""
    seen = Prefetch("answers", queryset=Answer.objects.filter(_seen(viewer)).defer("found", "rows"), to_attr="shown")
    return list(questions_visible_to(viewer).select_related("peer").prefetch_related(seen)[:MOST_SHOWN])


def answers_visible_to(viewer: User, question: Question) -> QuerySet[Answer]:
    """The answers that one may see."""
    found = question.answers.filter(_seen(viewer))
    return found.select_related("organisation", "peer").defer("found")


def answer_visible_to(viewer: User, key: int) -> Answer | None:
    """The answer of an organisation of this node, if one may answer for it."""
    where = reach(viewer, Permission.HUNT_ANSWER).q("organisation__path")
    found = Answer.objects.filter(where, pk=key, peer=None, organisation__isnull=False)
    return found.select_related("question", "question__peer", "organisation", "peer").first()


def given_to(viewer: User, key: int) -> Answer | None:
    """An answer whose rows were let out, if one may see it."""
    answer = Answer.objects.filter(pk=key, state=State.GIVEN).select_related("question", "organisation").first()
    if answer is None or not answers_visible_to(viewer, answer.question).filter(pk=key).exists():
        return None
    return answer


def counted(viewer: User, question: Question) -> dict[str, int]:
    """How many answered, and how much was found, in all that one may see."""
    found = answers_visible_to(viewer, question).aggregate(
        asked=Count("pk"),
        answered=Count("pk", filter=Q(state__in=[State.COUNTED, State.GIVEN])),
        holding=Count("pk", filter=Q(events__gt=0)),
        events=Sum("events"),
        devices=Sum("devices"),
    )
    return {name: value or 0 for name, value in found.items()}


def place_to_answer(viewer: User, code: str) -> Organisation | None:
    """The organisation of that code, if one may answer for it."""
    return organisations_where(viewer, Permission.HUNT_ANSWER).filter(code=code).first()


def policy_of(organisation: Organisation) -> Policy.Counts:
    """What an organisation does with questions of other nodes."""
    said = Policy.objects.filter(organisation=organisation).first()
    return Policy.Counts(said.counts) if said else Policy.Counts.AT_ONCE


def _within(viewer: User) -> Q:
    """Answers of organisations of which one may ask, or for which one may answer."""
    held = [reach(viewer, one) for one in (Permission.HUNT_ASK, Permission.HUNT_ANSWER)]
    if any(one.everything for one in held):
        return Q()
    return held[0].q("organisation__path") | held[1].q("organisation__path")


def _seen(viewer: User) -> Q:
    """The same, and whatever was answered to one's own questions."""
    within = _within(viewer)
    return within | Q(question__by=viewer) if within else within
