"""What is stored about filters that people make."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from watchward.console.detect.models import Alert, Rule
from watchward.console.estate.models import Organisation


class Normal(models.Model):
    """What somebody said is normal, so that it raises no alerts of one rule.

    Without an organisation it holds everywhere; `organisation_path` repeats its path. `asks` lists what the filter asks
    of an event, each as field, way of comparing and text. `in_spite` is why it was made although it would have hidden
    an alert of a true attack. `hidden` counts the events that it hid, as far as the projector has come.
    """

    id = models.UUIDField(primary_key=True)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="normals")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    organisation_path = models.CharField(max_length=400, blank=True)
    below = models.BooleanField()
    device = models.CharField(max_length=255, blank=True)
    asks = models.JSONField()
    reason = models.TextField()
    in_spite = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)
    ended_reason = models.TextField(blank=True)
    hidden = models.BigIntegerField(default=0)
    hidden_last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["expires_on", "id"]
        indexes: ClassVar = [models.Index(fields=["ended_at", "expires_on"], name="normal_in_force")]

    def __str__(self) -> str:
        return f"Normal here: {self.rule.title}"

    def in_force(self, today: date) -> bool:
        """Whether it hides anything on a day."""
        return self.ended_at is None and today < self.expires_on
