"""What is stored of patient harm: rankings that the worker made, numbers of sites' own, and questions put aside."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation


class WorkedOut(models.Model):
    """A ranking, for one area and one length of time.

    `place` is the code of the organisation whose area it is, empty for the whole node; `version` that of the map of
    care that it was made with, and `numbers` names the table of numbers; `found` is what `harm.as_json.worst` says,
    with what each thing is.
    """

    place = models.CharField(max_length=20, blank=True)
    hours = models.PositiveIntegerField()
    version = models.BigIntegerField()
    numbers = models.CharField(max_length=64, default="")
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


class OwnNumber(models.Model):
    """What an organisation, or the whole node (none), says in the place of a parameter; ended, and never deleted.

    `by` names who said it in words: it outlives their account. An organisation with figures cannot be deleted.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    organisation_path = models.CharField(max_length=400, blank=True, db_index=True)
    key = models.CharField(max_length=120)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["organisation_path", "key", "-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "key"], condition=models.Q(ended_at=None), name="own_number_once"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(ended_at=None, organisation=None), name="own_number_once_for_all"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PassedQuestion(models.Model):
    """A question about an organisation's map that is not asked again: nobody knew, or the answer was no."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=300)
    answer = models.CharField(max_length=20)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "key"], name="passed_once")]

    def __str__(self) -> str:
        return self.key
