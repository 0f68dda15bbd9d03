"""What is stored about detection. All but what people decide is made from journal and rules, and can be made again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from watchward.console.estate.models import Device, Organisation
from watchward.detect.alerts.triage import AlertState, CloseReason
from watchward.detect.sigma.rule import Level
from watchward.estate.device import Importance

LEVELS: tuple[Level, ...] = tuple(Level)
"""Levels by their rank, which is what the database keeps, so that it can order by it."""


_ASKED = ("organisation_path", "level", "state", "rule", "organisation", "assignee", "device", "closed")
_LISTED = ("-score", "-last_at", "id", *_ASKED)
_NEWEST = ("-last_at", "id", *_ASKED)


class Rule(models.Model):
    """What a rule says about itself, as it was last loaded; `loaded` is false for one that is no longer run."""

    id = models.CharField(primary_key=True, max_length=100)
    title = models.CharField(max_length=300)
    level = models.PositiveSmallIntegerField()
    description = models.TextField(blank=True)
    author = models.TextField(blank=True)
    references = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    falsepositives = models.JSONField(default=list)
    product = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=100, blank=True)
    file = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    loaded = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class RuleTechnique(models.Model):
    """A technique of ATT&CK that a rule looks for."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="techniques")
    technique = models.CharField(max_length=12, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "technique"], name="technique_once_a_rule")]

    def __str__(self) -> str:
        return self.technique


class RuleRecord(models.Model):
    """What became of a rule's alerts that people have closed; `stale`: its open alerts are not ordered by it yet."""

    rule = models.OneToOneField(Rule, on_delete=models.CASCADE, primary_key=True, related_name="record")
    real = models.PositiveIntegerField(default=0)
    not_real = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.real} real, {self.not_real} not"


class Stake(models.Model):
    """What a device puts at stake, in severity-weighted patients, as the map of care has it (ADR 0186).

    `device` is its folded name, and empty in the row for every device that is not on the map. `own` is the harm of
    losing what it carries, `whole` that of losing the whole organisation; both are empty until they are worked out, and
    where nothing is known. `mapped`: the organisation has a map of its own. `basis` names the parameters.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="stakes", db_index=False)
    device = models.CharField(max_length=300, blank=True)
    carries = models.JSONField(default=list)
    identity = models.BooleanField(default=False)
    own = models.FloatField(null=True)
    own_low = models.FloatField(null=True)
    own_high = models.FloatField(null=True)
    whole = models.FloatField(null=True)
    whole_low = models.FloatField(null=True)
    whole_high = models.FloatField(null=True)
    mapped = models.BooleanField(default=False)
    basis = models.CharField(max_length=16, blank=True)
    stale = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "device"], name="stake_once")]
        indexes: ClassVar = [models.Index(fields=["stale"], condition=Q(stale=True), name="stake_stale")]

    def __str__(self) -> str:
        return f"{self.device or 'any device'} at {self.organisation_id}"


class Alert(models.Model):
    """One rule's findings on one device within one span of time, and where people stand with it.

    `organisation_path` is copied from the organisation, so that a list is scoped without a join. `closed` repeats what
    `state` says, because the two large indexes are kept apart by it. `revision` is the projection's count of changes at
    which the alert appeared or opened again: whoever has seen a page at one revision asks for what is newer.
    `score` is its expected harm in severity-weighted patients: its `likelihood` of being real, times what is at stake.
    `kept_until` is the time of the latest event that is kept, once no more are. A `provisional` alert is what a
    correlation found and later events may still change or undo.
    """

    id = models.UUIDField(primary_key=True)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="alerts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    organisation_path = models.CharField(max_length=400)
    device = models.CharField(max_length=255)
    known_device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts")
    level = models.PositiveSmallIntegerField()
    importance = models.PositiveSmallIntegerField(default=Importance.NORMAL.value)
    score = models.FloatField()
    likelihood = models.FloatField(default=0.0)
    stake = models.ForeignKey(Stake, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    received_at = models.DateTimeField()
    received_last_at = models.DateTimeField()
    kept_until = models.DateTimeField(null=True, blank=True)
    revision = models.BigIntegerField(db_index=True)
    provisional = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in AlertState], default=AlertState.OPEN.value
    )
    closed = models.BooleanField(default=False)
    closed_reason = models.CharField(
        max_length=20, choices=[(r.value, r.label) for r in CloseReason], blank=True, default=""
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="alerts",
        db_index=False,
    )

    class Meta:
        ordering: ClassVar = ["-score", "-last_at", "id"]
        # The first four hold all that a list asks of 100,000 alerts, in each of its orders, so that scope and filters
        # never touch the rows themselves; the fifth counts what lies within a scope (bench/pages.py, ADR 0061, 0095).
        indexes: ClassVar = [
            models.Index(fields=_LISTED, condition=Q(closed=False), name="alert_waiting"),
            models.Index(fields=_LISTED, condition=Q(closed=True), name="alert_closed"),
            models.Index(fields=_NEWEST, condition=Q(closed=False), name="alert_waiting_newest"),
            models.Index(fields=_NEWEST, condition=Q(closed=True), name="alert_closed_newest"),
            models.Index(fields=["state", "level", "organisation_path"], name="alert_counted"),
            models.Index(fields=["organisation", "device", "-last_at"], name="alert_of_device"),
            models.Index(fields=["closed_at", "organisation_path"], condition=Q(closed=True), name="alert_closed_at"),
            models.Index(fields=["id"], condition=Q(provisional=True), name="alert_provisional"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.device}"

    @property
    def named_level(self) -> Level:
        """The rule's level when the alert was made."""
        return LEVELS[self.level]


class AlertCorrelation(models.Model):
    """What a correlation found, besides what every alert says.

    `group` holds the fields by which its events belong together, with their values; `asks` what the correlation asked
    for when it was found; `held_at` is when that first held; `made_of` names the findings of other correlations that it
    read.
    """

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, primary_key=True, related_name="correlation")
    group = models.JSONField(default=list)
    asks = models.TextField(blank=True)
    counted = models.JSONField(default=list)
    held_at = models.DateTimeField()
    made_of = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"correlation of {self.alert_id}"


class AlertEvent(models.Model):
    """One of the events that made an alert: where the lake keeps it, what matched, and what else a sentence says.

    Where a correlation found it, also on which device it happened, and which rules it met.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="events", db_index=False)
    event_id = models.CharField(max_length=32)
    observed_at = models.DateTimeField()
    source = models.CharField(max_length=100)
    segment = models.CharField(max_length=200)
    row = models.PositiveIntegerField()
    fields = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    device = models.CharField(max_length=255, blank=True)
    rules = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["observed_at", "event_id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["alert", "event_id"], name="event_once_an_alert")]

    def __str__(self) -> str:
        return self.event_id


class AlertStep(models.Model):
    """Something that was done about an alert; without a person, the projector did it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=200)
    text = models.CharField(max_length=300)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text


class Projection(models.Model):
    """How far the projector has come: one row, written in the transaction of what it projected.

    `waited` is how far event time had come for correlations, where all sources were silent.
    """

    position = models.TextField(blank=True)
    revision = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    matches = models.BigIntegerField(default=0)
    received_at = models.DateTimeField(null=True)
    projected_at = models.DateTimeField(null=True)
    rules_digest = models.CharField(max_length=64, blank=True)
    correlated_events = models.BigIntegerField(default=0)
    correlations_failed_at = models.DateTimeField(null=True)
    waited = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"revision {self.revision}"


class GivenUp(models.Model):
    """What one correlation gave up for want of memory: groups whole, with all their events."""

    rule = models.CharField(primary_key=True, max_length=100)
    groups = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.rule


class SavedHunt(models.Model):
    """A question to the events that someone keeps for another day; others at the same organisation may use it."""

    title = models.CharField(max_length=200)
    sql = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hunts")
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["title", "id"]

    def __str__(self) -> str:
        return self.title
