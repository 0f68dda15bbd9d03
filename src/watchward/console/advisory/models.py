"""What is stored of high severity alerts: what each says, whom it asks, and every answer."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer
from watchward.respond.advisory.answer import Clock, Standing
from watchward.respond.advisory.as_json import of_json
from watchward.respond.advisory.content import Advisory as Says
from watchward.respond.advisory.content import Severity
from watchward.respond.advisory.proposal import Likely
from watchward.respond.advisory.speaking import Voice


def _new_key() -> str:
    return uuid.uuid4().hex


class Advisory(models.Model):
    """A high severity alert. `organisation` is the area that it holds for, and under which it is recorded.

    `version` is 0 until it is issued, and one more after each correction; `content` is that of the newest version.
    `key` names it at every node that knows it. With `peer` the node above issued it or passed it on, and nobody here
    changes it; its `organisation` is then the part of the area for which this node answers.
    """

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"
        WITHDRAWN = "withdrawn", "Withdrawn"

    key = models.CharField(max_length=32, unique=True, default=_new_key)
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation_path = models.CharField(max_length=400, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Severity])
    content = models.JSONField()
    act_by = models.DateTimeField()
    drafted_at = models.DateTimeField()
    drafted_by = models.CharField(max_length=200)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def says(self) -> Says:
        """What it says."""
        return of_json(self.content)


class AdvisoryVersion(models.Model):
    """What an alert said from some moment on, and why it says so."""

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    why = models.CharField(max_length=300, blank=True)
    content = models.JSONField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["advisory", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.advisory_id}"


class Answer(models.Model):
    """What one organisation was asked by one alert, and where its answer stands.

    `place` is the path of the part of the area in which it lies: a region of the nation, a board of a region. `due_by`
    is empty once nothing is due. `first_due_by` is what was due when it was first asked. `likely` and `why` are what
    was proposed when it was asked. `late_told`: somebody was told that it is late for what is due now. `peer` is the
    node below that answered last, where the organisation has a node of its own.
    """

    advisory = models.ForeignKey(Advisory, on_delete=models.CASCADE, related_name="answers", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    organisation_path = models.CharField(max_length=400)
    place = models.CharField(max_length=400)
    kind = models.CharField(max_length=40)
    standing = models.CharField(
        max_length=20, choices=[(one.value, one.label) for one in Standing], default=Standing.ASKED.value
    )
    voice = models.CharField(max_length=10, blank=True, choices=[(one.value, one.label) for one in Voice])
    first_asked_at = models.DateTimeField()
    first_due_by = models.DateTimeField()
    asked_at = models.DateTimeField()
    said_at = models.DateTimeField()
    due_by = models.DateTimeField(null=True, blank=True)
    due_clock = models.CharField(max_length=10, blank=True, choices=[(one.value, one.label) for one in Clock])
    wants_help = models.BooleanField(default=False)
    likely = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Likely])
    why = models.CharField(max_length=600)
    by_name = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    late_told = models.BooleanField(default=False)
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["advisory", "organisation"], name="asked_once")]
        indexes: ClassVar = [
            # All that the nation's page counts, so that 40,000 rows are never touched themselves (ADR 0234).
            models.Index(fields=["advisory", "place", "standing", "wants_help", "due_by"], name="answer_counted"),
            models.Index(fields=["organisation_path", "advisory", "standing", "due_by"], name="answer_below"),
            models.Index(fields=["due_by"], condition=Q(late_told=False, due_by__isnull=False), name="answer_due"),
            models.Index(fields=["advisory"], condition=Q(told_at=None), name="answer_untold"),
            models.Index(fields=["peer"], condition=Q(peer__isnull=False), name="answer_from"),
        ]

    def __str__(self) -> str:
        return f"answer of {self.organisation_id} to {self.advisory_id}"

    @property
    def stands(self) -> Standing:
        """Where it stands."""
        return Standing(self.standing)


class AnswerEntry(models.Model):
    """One thing that was said or done about an answer, where it stood after that, and the node that told it.

    `told_at` is when it was by the clock of that node, by which a line is known again that is told once more.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    text = models.CharField(max_length=300)
    note = models.CharField(max_length=1000, blank=True)
    standing = models.CharField(max_length=20)
    due_by = models.DateTimeField(null=True, blank=True)
    wants_help = models.BooleanField(default=False)
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text
