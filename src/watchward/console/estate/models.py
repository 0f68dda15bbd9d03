"""What is stored about the estate: organisations, their devices, and the sources that send for them."""

from typing import ClassVar

from django.db import models

from watchward.estate.device import AliasKind, Importance
from watchward.estate.organisation import OrganisationKind


class Organisation(models.Model):
    """An organisation and its place in the tree.

    `path` holds the codes from the top down to the organisation itself (`/ENG/Y99/QX1/`), so that everything below an
    organisation is found by prefix.
    """

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.label) for kind in OrganisationKind])
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=400, db_index=True)
    postcode = models.CharField(max_length=10, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors")

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [models.Index(fields=["path", "closed_on", "kind"], name="organisation_counted")]

    def __str__(self) -> str:
        return self.name


class Device(models.Model):
    """A device that was seen to send something, and how much care depends on it.

    Its identifier is derived from the name by which it was first known (`watchward.estate.device`). `last_seen_at` is
    kept to within a minute, so that a device that talks all the time does not make the database write all the time.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="devices", db_index=False)
    organisation_path = models.CharField(max_length=400)
    name = models.CharField(max_length=255)
    address = models.CharField(max_length=45, blank=True)
    importance = models.PositiveSmallIntegerField(
        choices=[(i.value, i.label) for i in Importance], default=Importance.NORMAL.value
    )
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    marked_reason = models.CharField(max_length=300, blank=True)
    marked_by = models.CharField(max_length=200, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-importance", "name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-importance", "name"], name="device_of_organisation"),
            models.Index(fields=["-importance", "name", "organisation_path"], name="device_by_importance"),
            models.Index(fields=["organisation_path", "importance"], name="device_below"),
            models.Index(fields=["name"], name="device_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def marked(self) -> Importance:
        """How important it is."""
        return Importance(self.importance)


class DeviceAlias(models.Model):
    """A name or address that a device had, from the first to the last moment at which it was seen with it."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="aliases", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.label) for kind in AliasKind])
    value = models.CharField(max_length=255)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-valid_until", "kind", "value"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "kind", "value"], name="alias_once_a_device")
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "value", "kind"], name="alias_of_organisation")]

    def __str__(self) -> str:
        return self.value


class Source(models.Model):
    """Something that sends telemetry for one organisation, by a credential that is bound to it.

    The counts are those of the journal: what arrived, what was recognised as sent before, what could not be read; and
    what came too `late` for the correlations that would have read it. `lateness_minutes` is how late that is; none: as
    late as the node's settings say.
    """

    id = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    shipper = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sources", db_index=False)
    organisation_path = models.CharField(max_length=400)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_observed_at = models.DateTimeField(null=True, blank=True)
    events = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    late_at = models.DateTimeField(null=True, blank=True)
    lateness_minutes = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation_path", "name"], name="source_below"),
            models.Index(fields=["organisation", "name"], name="source_of_organisation"),
        ]

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """A key by which a source proves itself; only the digest of its secret is kept."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="credentials")
    key_id = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.key_id


class SourceTally(models.Model):
    """What a source sent within one span of ten minutes, for its rate."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    start = models.DateTimeField(db_index=True)
    events = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "start"], name="tally_once_a_span")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.start}"


class SourceDay(models.Model):
    """How many devices a source brought into being on one day, and how many more were refused."""

    source = models.CharField(max_length=40)
    day = models.DateField()
    devices_new = models.BigIntegerField(default=0)
    devices_refused = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "day"], name="source_day_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class BadRecord(models.Model):
    """A record of a source that could not be read, kept as a sample: why, and how it begins (without NHS numbers)."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="bad_records")
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    raw = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.reason
