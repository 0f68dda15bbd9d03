"""A rule with its file, alerts of it, and what somebody wants to be normal."""

from datetime import date
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from detect.builders import write_rule
from watchward.console.config import current
from watchward.console.detect.models import AlertCorrelation
from watchward.console.normal.looking import Wanted
from watchward.console.normal.models import Normal
from watchward.console.rules.models import RuleLife
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import Asks
from watchward.detect.sigma.rules import load


class NormalFactory(DjangoModelFactory):
    """A program that is normal on one device."""

    class Meta:
        model = Normal

    id = factory.LazyFunction(uuid4)
    rule = factory.SubFactory(RuleFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    organisation_path = factory.SelfAttribute("organisation.path")
    below = False
    device = "WS-0417"
    asks = (("Image", "ends", "exe"),)
    reason = "It runs every night"
    author_name = "Jo Porter"
    made_at = MOMENT
    expires_on = date(2099, 3, 1)


DETECTION = "selection:\n  Image|endswith: vssadmin.exe\n  CommandLine|contains: delete\ncondition: selection"
BACKUP = {"Image": r"C:\Windows\vssadmin.exe", "CommandLine": "vssadmin delete shadows /for=E: /quiet"}
ATTACK = {"Image": r"C:\Windows\vssadmin.exe", "CommandLine": "vssadmin delete shadows /all"}


def a_rule():
    """A rule that the node runs, and its row."""
    (loaded,) = load([write_rule(current().rules / "backups.yml", DETECTION)]).rules
    return RuleFactory(
        id=loaded.id,
        title=loaded.title,
        file="backups.yml",
        digest=loaded.digest,
        product="windows",
        category="process_creation",
    )


def an_alert(rule, organisation, *events, **known):
    """An alert of the rule, made of these events."""
    alert = AlertFactory(rule=rule, organisation=organisation, count=max(1, len(events)), **known)
    for fields in events or (BACKUP,):
        AlertEventFactory(alert=alert, fields=fields)
    return alert


def a_correlated_alert(rule, organisation, *devices):
    """An alert of a correlation that reads the rule: the backup's command on each of these devices."""
    correlation = RuleFactory(id="many-backups", title="Many backups at once", file="many.yml")
    RuleLife.objects.create(rule=correlation, folder="ours", correlation=True, reads=[rule.pk], first_at=MOMENT)
    alert = AlertFactory(rule=correlation, organisation=organisation, device=devices[-1], count=len(devices))
    AlertCorrelation.objects.create(alert=alert, group=[["User", "jo"]], held_at=MOMENT)
    for device in devices:
        AlertEventFactory(alert=alert, fields=BACKUP, context={"User": "jo"}, device=device, rules=[rule.pk])
    return alert


def wanted(**changes) -> Wanted:
    """That the backup's command is normal on its device."""
    asks = (Asks(field="CommandLine", how=How.ENDS, text="/for=E: /quiet"),)
    return Wanted(**{"asks": asks, "place": "device", "reason": "The backup does this every night", **changes})
