"""What is stored of the map of care.

An organisation of which nobody has said anything has no row here: its template is worked out whenever the map is asked
for. What is known of its size or its suppliers is an arrangement with measures and choices. Once something of its map
is refined, all of its things are rows of their own.
"""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation
from watchward.estate.care.service import ServiceKind, Week
from watchward.estate.care.system import SystemKind
from watchward.estate.care.templates import Measure, TemplateKind


class Refined(models.Model):
    """Who last said something about a row, when, and why."""

    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)

    class Meta:
        abstract = True


class Arrangement(Refined):
    """What is known of an organisation's map as a whole.

    `own`: it has rows of its own, and its template is no longer looked at. `confirmed_at`: since when somebody there
    answers for it.
    """

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="care_arrangement")
    organisation_path = models.CharField(max_length=400, db_index=True)
    template = models.CharField(max_length=40, blank=True, choices=[(one.value, one.value) for one in TemplateKind])
    own = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class KnownSize(models.Model):
    """One measure of an organisation's size, and where it was read."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    measure = models.CharField(max_length=40, choices=[(one.value, one.label) for one in Measure])
    value = models.FloatField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "measure"], name="size_once")]

    def __str__(self) -> str:
        return f"{self.value} {self.measure}"


class Choice(models.Model):
    """Where a system of a template runs (`host`), or what elsewhere stands in its place (`outside`)."""

    class Role(models.TextChoices):
        """What was chosen."""

        HOST = "host"
        OUTSIDE = "outside"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    role = models.CharField(max_length=10, choices=Role)
    name = models.CharField(max_length=60)
    chosen = models.CharField(max_length=120, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "role", "name"], name="choice_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.chosen}"


class Thing(Refined):
    """Something with an identifier that belongs to an organisation."""

    id = models.CharField(primary_key=True, max_length=120)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.id


class CareService(Thing):
    """A clinical service."""

    kind = models.CharField(max_length=40, choices=[(one.value, one.label) for one in ServiceKind])
    weekly = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    week = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Week])


class CareSystem(Thing):
    """A system."""

    kind = models.CharField(max_length=40, choices=[(one.value, one.label) for one in SystemKind])
    product = models.CharField(max_length=300, blank=True)
    host = models.CharField(max_length=120, blank=True, db_index=True)
    records_clinical = models.BigIntegerField(default=0)
    records_demographic = models.BigIntegerField(default=0)
    records_special = models.BigIntegerField(default=0)


class CareEquipment(Thing):
    """A device that carries systems."""

    name = models.CharField(max_length=300)


class CareSupplier(Refined):
    """Someone outside on whom organisations depend; the whole node has one list.

    `former_name`: how it was called before it was renamed last. `removed_at`: since when it is off the list.
    """

    id = models.CharField(primary_key=True, max_length=120)
    name = models.CharField(max_length=300)
    former_name = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class CareDependency(Refined):
    """That a thing of an organisation needs another, there or elsewhere."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    consumer = models.CharField(max_length=120)
    provider = models.CharField(max_length=120, db_index=True)
    group = models.CharField(max_length=300, blank=True)
    share = models.FloatField(default=1.0)
    buffer_hours = models.FloatField(null=True, blank=True)
    floor = models.FloatField(null=True, blank=True)
    manual = models.FloatField(null=True, blank=True)
    manual_hours = models.FloatField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["consumer", "provider"], name="dependency_once")]

    def __str__(self) -> str:
        return f"{self.consumer} > {self.provider}"


class MapVersion(models.Model):
    """A number that is another one after each change of the map: what was worked out holds until then. One row."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
