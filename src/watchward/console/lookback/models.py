"""What is stored about looking back."""

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.db import models

from watchward.console.estate.models import Organisation


class State(StrEnum):
    """How far a look back is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class LookBack(models.Model):
    """A rule that someone asked to run over the last days: its own text, or one that the node has.

    `organisation` is whose events are asked for, with everything below it; none: of all that whoever asked may search.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="look_backs")
    at = models.DateTimeField()
    title = models.CharField(max_length=300)
    rule = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    days = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, default=State.WAITING.value, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    events = models.BigIntegerField(default=0)
    events_chosen = models.BigIntegerField(default=0)
    found = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    advice = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def stands(self) -> State:
        """How far it is."""
        return State(self.state)

    @property
    def percent(self) -> int:
        """How much of the events is looked at, of a hundred."""
        return min(100, 100 * self.events // self.events_chosen) if self.events_chosen else 0
