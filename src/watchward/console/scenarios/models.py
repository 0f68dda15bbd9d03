"""What is stored of what-ifs that somebody wants to keep."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation


class SavedScenario(models.Model):
    """A what-if with its name, and the answer that it had when it was saved.

    `organisation` is the one whose patients are counted, with all below it; none for the whole node, and then
    `organisation_path` is empty. `asked` holds what fails, for how many hours, and from which hour of the week; `found`
    the answer of that day, which is never worked out again: opening a what-if sets today's beside it. `version` is that
    of the map of care, `table` names the numbers that both were worked out with, and `harm` is its estimate.
    """

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    organisation_path = models.CharField(max_length=400, blank=True)
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    asked = models.JSONField()
    found = models.JSONField()
    harm = models.FloatField()
    version = models.BigIntegerField()
    table = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-harm", "-pk"]
        indexes: ClassVar = [models.Index(fields=["organisation_path", "-harm"], name="scenario_below")]

    def __str__(self) -> str:
        return self.name
