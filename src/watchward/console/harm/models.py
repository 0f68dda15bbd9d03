"""What is stored of what hurts most: rankings that the worker made."""

from typing import ClassVar

from django.db import models


class WorkedOut(models.Model):
    """A ranking, for one area and one length of time.

    `place` is the code of the organisation whose area it is, empty for the whole node; `version` that of the map of
    care that it was made with; `found` is what `harm.as_json.worst` says, with what each thing is.
    """

    place = models.CharField(max_length=20, blank=True)
    hours = models.PositiveIntegerField()
    version = models.BigIntegerField()
    at = models.DateTimeField()
    found = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["place", "hours"], name="ranking_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.hours}"


class Validated(models.Model):
    """How the model did against history, for one parameter table: what `watchward harm validate --json` prints."""

    table = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField()
    found = models.JSONField()

    def __str__(self) -> str:
        return self.table
