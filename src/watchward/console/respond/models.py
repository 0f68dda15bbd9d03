"""What is stored about telling people and about incidents."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from watchward.console.detect.models import Alert
from watchward.console.estate.models import Organisation
from watchward.detect.sigma.rule import Level
from watchward.respond.incident import IncidentState, Severity
from watchward.respond.rota import Channel

LEVELS = tuple(Level)


class Contact(models.Model):
    """A way to reach someone of an organisation: a person's mail or telephone, or a channel that several read."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    organisation_path = models.CharField(max_length=400, db_index=True)
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=20, choices=[(one.value, one.label) for one in Channel])
    address = models.CharField(max_length=1000)
    recipient = models.CharField(max_length=40, blank=True)
    secret = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "name"], name="contact_of_organisation")]

    def __str__(self) -> str:
        return self.name


class Rota(models.Model):
    """How one organisation is told of alerts."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="rota")
    organisation_path = models.CharField(max_length=400, db_index=True)
    tell_from = models.PositiveSmallIntegerField(default=Level.HIGH.rank)
    disturb_from = models.PositiveSmallIntegerField(default=Level.CRITICAL.rank)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    repeat_minutes = models.PositiveSmallIntegerField(default=30)
    climbs = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"rota of {self.organisation}"


class RotaStep(models.Model):
    """One rung of a rota's ladder."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="steps", db_index=False)
    number = models.PositiveSmallIntegerField()
    wait_minutes = models.PositiveSmallIntegerField(default=15)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rota", "number"], name="step_once_a_rota")]

    def __str__(self) -> str:
        return f"step {self.number}"


class RotaDuty(models.Model):
    """Someone on a rung, at some hours of some days; at all hours without them. `days` lists week days, Monday is 0."""

    step = models.ForeignKey(RotaStep, on_delete=models.CASCADE, related_name="duties")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="duties")
    days = models.CharField(max_length=7, default="0123456")
    begin = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.contact} on {self.step}"


class Notice(models.Model):
    """One message to one contact: written before it is sent, so that none is lost and none is sent twice over."""

    class State(models.TextChoices):
        """How far it has come."""

        QUEUED = "queued", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"

    id = models.UUIDField(primary_key=True)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="notices")
    contact_name = models.CharField(max_length=100)
    channel = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="notices", db_index=False)
    organisation_path = models.CharField(max_length=400)
    subject = models.CharField(max_length=300)
    lines = models.JSONField(default=list)
    url = models.CharField(max_length=1000)
    step = models.PositiveSmallIntegerField()
    alerts = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_try_at"], name="notice_waiting"),
            models.Index(fields=["organisation_path", "-created_at"], name="notice_below"),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticeAlert(models.Model):
    """An alert that a notice is about; `times` counts how often the contact has now been told of it."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="about")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    times = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            # Two workers that decide at once cannot both tell: the second one's transaction fails.
            models.UniqueConstraint(fields=["contact", "alert", "times"], name="told_once_each_time")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} about {self.alert_id}"


class Incident(models.Model):
    """Alerts that are one happening, and what people do about it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="incidents", db_index=False)
    organisation_path = models.CharField(max_length=400)
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(choices=[(one.value, one.label) for one in Severity])
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in IncidentState])
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="incidents_led"
    )
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="incidents", blank=True)

    class Meta:
        ordering: ClassVar = ["-severity", "-changed_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation_path", "state"], name="incident_below"),
            models.Index(fields=["-severity", "-changed_at"], name="incident_by_severity"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def named_severity(self) -> Severity:
        """How badly care is hurt."""
        return Severity(self.severity)

    @property
    def named_state(self) -> IncidentState:
        """Where it stands."""
        return IncidentState(self.state)


class IncidentAlert(models.Model):
    """An alert that belongs to an incident; to one at most."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="joined")
    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, related_name="incident_link")
    joined_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["joined_at", "id"]

    def __str__(self) -> str:
        return f"{self.alert_id} in {self.incident_id}"


class IncidentEntry(models.Model):
    """One line of an incident's time line: something that was done, or a note."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    text = models.CharField(max_length=300)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text
