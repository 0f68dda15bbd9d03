"""Factories of what detection stores; defaults are valid and dull."""

from datetime import UTC, datetime
from uuid import UUID

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.detect.models import Alert, AlertEvent, Rule
from watchward.detect.sigma.rule import Level
from watchward.harm.expected import UNKNOWN, Record, at_stake, likelihood

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class RuleFactory(DjangoModelFactory):
    """A rule about a program that starts another."""

    class Meta:
        model = Rule

    id = factory.Sequence(lambda n: f"rule-{n}")
    title = factory.Sequence(lambda n: f"Office program starts a script, kind {n}")
    level = Level.HIGH.rank
    description = "A document should not start a script."
    tags = ("attack.execution", "attack.t1059.001")
    references = ("https://watchward.example/a",)
    falsepositives = ("Add-ins that the organisation itself wrote",)
    product = "windows"
    category = "process_creation"


class AlertFactory(DjangoModelFactory):
    """An open alert about one event."""

    class Meta:
        model = Alert

    id = factory.Sequence(lambda n: UUID(int=n + 1))
    rule = factory.SubFactory(RuleFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    device = "WS-0417"
    level = factory.SelfAttribute("rule.level")
    likelihood = factory.LazyAttribute(lambda o: likelihood(list(Level)[o.level].value, Record()))
    score = factory.LazyAttribute(lambda o: o.likelihood * at_stake(UNKNOWN, "normal"))
    count = 1
    first_at = last_at = received_at = received_last_at = MOMENT
    revision = 1


class AlertEventFactory(DjangoModelFactory):
    """An event in which Word started PowerShell."""

    class Meta:
        model = AlertEvent

    alert = factory.SubFactory(AlertFactory)
    event_id = factory.Sequence(lambda n: f"{n:032x}")
    observed_at = MOMENT
    source = "source-1"
    segment = "2026-03-01/g1-000000000001.parquet"
    row = 0
    fields = factory.LazyFunction(
        lambda: {"Image": r"C:\Windows\powershell.exe", "ParentImage": r"C:\Office\WINWORD.EXE"}
    )
