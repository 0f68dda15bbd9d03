"""What is stored about the lives of rules: what people decided, and what was counted and measured."""

from typing import ClassVar, Final

from django.db import models

from watchward.console.detect.models import Rule
from watchward.console.estate.models import Organisation
from watchward.detect.lives.lives import Standing

STANDINGS: Final = [(one.value, one.value) for one in Standing]


class RuleLife(models.Model):
    """Where a rule stands, and where it comes from.

    `folder` is the folder of its set, `file` its file below that, and `line` the place where it begins. `trial_until`
    is the end of its trial, and `serving` says that it only serves correlations. Of a correlation, `reads` has the ids
    of what it reads.
    """

    rule = models.OneToOneField(Rule, on_delete=models.CASCADE, primary_key=True, related_name="life")
    folder = models.CharField(max_length=80, db_index=True)
    file = models.CharField(max_length=500, blank=True)
    line = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=40, blank=True)
    correlation = models.BooleanField(default=False)
    serving = models.BooleanField(default=False)
    reads = models.JSONField(default=list)
    first_at = models.DateTimeField()
    standing = models.CharField(max_length=8, choices=STANDINGS, default=Standing.FORCE.value, db_index=True)
    standing_at = models.DateTimeField(null=True, blank=True)
    trial_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["rule"]

    def __str__(self) -> str:
        return self.rule_id


class RuleStep(models.Model):
    """Something that was decided about a rule."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="life_steps")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    text = models.CharField(max_length=300)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text


class RuleDay(models.Model):
    """What a rule matched in one day, by when the events came.

    Rows without an organisation are the node's sums. Only trials are counted by organisation, and no more than
    `MOST_ORGANISATIONS` a rule and day. `alerts` counts those that these matches make, or would have made, and `would`
    stands for them, so that more can be added (ADR 0137). Alerts begin and end with days, so days may be added up.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    trial = models.BooleanField()
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    organisation_path = models.CharField(max_length=400, blank=True)
    matches = models.BigIntegerField(default=0)
    alerts = models.BigIntegerField(default=0)
    would = models.BinaryField(default=b"")

    class Meta:
        ordering: ClassVar = ["rule", "-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule", "day", "trial", "organisation_path"], name="rule_day_once_a_place")
        ]
        indexes: ClassVar = [models.Index(fields=["day", "trial"], name="rule_day_of_day")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.day}"


class RuleExample(models.Model):
    """One of a few events that a rule on trial matched, chosen by lot."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="examples", db_index=False)
    event_id = models.CharField(max_length=32)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    organisation_path = models.CharField(max_length=400)
    device = models.CharField(max_length=255)
    observed_at = models.DateTimeField()
    segment = models.CharField(max_length=200)
    row = models.PositiveIntegerField()
    fields = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-observed_at", "event_id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "event_id"], name="example_once_a_rule")]

    def __str__(self) -> str:
        return self.event_id


class RuleCost(models.Model):
    """What a rule cost the gateways in one day, and how many events it was asked about and met.

    `nanoseconds` of processor time are those spent on it alone. A row without a rule has what all matching took, and
    all events.
    """

    rule = models.ForeignKey(
        Rule, null=True, blank=True, on_delete=models.CASCADE, related_name="costs", db_index=False
    )
    day = models.DateField()
    nanoseconds = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    matches = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["rule", "-day"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "rule"], name="rule_cost_once_a_day")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.day}"


class Measured(models.Model):
    """What a gateway had told of its rules when it was last asked: sums since `since`, to tell what is new by."""

    gateway = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()
    told = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.gateway
