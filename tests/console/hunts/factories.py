"""Questions and answers of hunts that travel; defaults are valid and dull."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.hunts.models import Answer, Question, State


class QuestionFactory(DjangoModelFactory):
    """One that is open, asked by somebody at the node above."""

    class Meta:
        model = Question

    asker = "Ada Ashworth"
    node = "The Exercise Kingdom"
    title = "Has the loader run?"
    purpose = "Incident 12"
    form = "sql"
    text = "SELECT device FROM events"
    since = factory.LazyFunction(lambda: timezone.now() - timedelta(days=7))
    until = factory.LazyFunction(timezone.now)
    at = factory.LazyFunction(timezone.now)
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class AnswerFactory(DjangoModelFactory):
    """One of an organisation of this node, which waits for somebody's word."""

    class Meta:
        model = Answer

    question = factory.SubFactory(QuestionFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    code = factory.SelfAttribute("organisation.code")
    name = factory.SelfAttribute("organisation.name")
    state = State.ASKED
    at = factory.LazyFunction(timezone.now)
