"""What is stored about coverage. The worker makes all of it from the lake and the rules, and can make it again."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation


class Arriving(models.Model):
    """The kinds of events that a source sends for an organisation, each field with the day on which it came last."""

    source = models.CharField(max_length=100)
    organisation = models.CharField(max_length=100)
    content = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["organisation", "source"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "source"], name="arriving_once_a_source")
        ]

    def __str__(self) -> str:
        return f"{self.source} for {self.organisation}"


class Survey(models.Model):
    """One row: how far the lake is noted, and the rules that were last held against what arrives.

    `revision` counts the changes of what arrives; `surveyed_of` says of which revision, rules and day the survey is.
    """

    places = models.JSONField(default=dict)
    revision = models.BigIntegerField(default=0)
    noted_at = models.DateTimeField(null=True)
    surveyed_at = models.DateTimeField(null=True)
    surveyed_of = models.CharField(max_length=100, blank=True)
    subjects = models.BinaryField(default=bytes)
    on_trial = models.PositiveIntegerField(default=0)
    off = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"revision {self.revision}"


class Tallied(models.Model):
    """What some organisations see: many that send alike share one."""

    digest = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.digest


class Seeing(models.Model):
    """What an organisation sees by itself (`own`, where it sends anything), and with everything below it."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="seeing")
    organisation_path = models.CharField(max_length=400)
    own = models.ForeignKey(Tallied, null=True, on_delete=models.PROTECT, related_name="+")
    whole = models.ForeignKey(Tallied, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["organisation_path"]
        indexes: ClassVar = [models.Index(fields=["organisation_path", "own"], name="seeing_below")]

    def __str__(self) -> str:
        return self.organisation_path
