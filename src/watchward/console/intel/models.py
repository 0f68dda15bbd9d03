"""What is stored of intelligence: objects in collections, who may read and write them, and what they say in columns.

Moments that order things are whole microseconds since 1970, so that no database rounds them.
"""

import uuid
from typing import ClassVar, Final

from django.db import models

from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer
from watchward.intel.markings import Tlp
from watchward.intel.trust import Reliability


class Head(models.Model):
    """One row, whose `version` is drawn anew with every change of what decides who may read and write what."""

    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.version)


class Group(models.Model):
    """A sharing group by its name; one without members shares with nobody."""

    name = models.CharField(max_length=200, unique=True)
    members: ClassVar = models.ManyToManyField(Organisation, related_name="sharing_groups")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiRoot(models.Model):
    """A part of the TAXII server with collections of its own; `name` stands in its address."""

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.title


class Collection(models.Model):
    """Objects that are kept and shared together, owned by one organisation.

    `last_added` is the highest moment that an object was ever added at: the next one is added later, whatever the clock
    says. `unmarked` is the level of what carries no marking. Adding an object sends it to the groups in `addressed`.
    One that was `retired_at` a moment is offered nowhere; what it holds still holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    root = models.ForeignKey(ApiRoot, on_delete=models.PROTECT, related_name="collections")
    alias = models.SlugField(max_length=60, blank=True)
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=1000, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="collections")
    organisation_path = models.CharField(max_length=400, db_index=True)
    unmarked = models.PositiveSmallIntegerField(
        choices=[(level.value, level.text) for level in Tlp], default=Tlp.AMBER_STRICT.value
    )
    addressed = models.JSONField(default=list)
    last_added = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["title", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["root", "alias"], condition=~models.Q(alias=""), name="collection_alias")
        ]

    def __str__(self) -> str:
        return self.title


class Grant(models.Model):
    """That an organisation and those below it, or (without one) every organisation, may read or write a collection.

    A `role` narrows it to the people who hold that role; programs have none, so such a grant is not theirs.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=40, blank=True)
    can_read = models.BooleanField(default=True)
    can_write = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.organisation or 'every organisation'} at {self.collection}"


class Client(models.Model):
    """A program of an organisation that speaks TAXII, by a key of its own; only the digest of its secret is kept."""

    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Scope(models.Model):
    """What a client may do with one collection, as far as its organisation may do it at all."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="scopes")
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="+")
    can_read = models.BooleanField(default=True)
    can_write = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "collection"], name="scope_once")]

    def __str__(self) -> str:
        return f"{self.client} at {self.collection}"


class Source(models.Model):
    """Where intelligence comes from: a server or a list that is polled, a client that sends, or files that are brought.

    An `unnamed` one is an organisation that shares without its name: only it and those over it are told whose it is.
    For a server that is polled, `url` is the collection's address, `secret` is sealed with a key of the node's home,
    and `cursor`, `added_after` and `seen_until` say how far it was read, in the server's own words. `failures` counts
    what went wrong in a row.

    Of `hourly` new objects in an hour no more are taken; `hour_new` came in the hour from `hour` on. While it is on
    trial (`trial_since`, `trial_because`) its indicators are only counted. What it sent before it was `withdrawn_at` a
    moment is taken back. `reliability` is what this node thinks of it; no source says it of itself.

    What another node told came by `peer`, in a `channel` of that node's, and was brought there by the organisation with
    the code `owner`, which this node need not know: then `organisation` is the one here that manages it.
    """

    class Kind(models.TextChoices):
        """How it comes."""

        TAXII = "taxii", "TAXII server"
        FEED = "feed", "List at an address"
        CLIENT = "client", "TAXII client"
        FILES = "files", "Files and lists"
        LINK = "link", "Linked node"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    collection = models.ForeignKey(Collection, null=True, on_delete=models.PROTECT, related_name="sources")
    unnamed = models.BooleanField(default=False)
    client = models.OneToOneField(Client, null=True, on_delete=models.CASCADE, related_name="source")
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=20, blank=True)
    url = models.CharField(max_length=500, blank=True)
    username = models.CharField(max_length=200, blank=True)
    secret = models.TextField(blank=True)
    every_minutes = models.PositiveIntegerField(default=5)
    enabled = models.BooleanField(default=True)
    cursor = models.TextField(blank=True)
    added_after = models.CharField(max_length=40, blank=True)
    seen_until = models.CharField(max_length=40, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=1000, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    last_new_at = models.DateTimeField(null=True, blank=True)
    hourly = models.PositiveIntegerField(default=100_000)
    hour = models.DateTimeField(null=True, blank=True)
    hour_new = models.PositiveIntegerField(default=0)
    reliability = models.CharField(
        max_length=1, choices=[(one.value, one.words) for one in Reliability], default=Reliability.F.value
    )
    trial_since = models.DateTimeField(null=True, blank=True)
    trial_because = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    objects_new = models.BigIntegerField(default=0)
    objects_known = models.BigIntegerField(default=0)
    objects_refused = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def brought_by(self) -> str:
        """Code of the organisation that brings what comes from it; nothing where another node does not name it."""
        return self.owner if self.peer_id is not None else self.organisation.code


POLLED: Final = (Source.Kind.TAXII, Source.Kind.FEED)
"""How comes what this node reads elsewhere for itself."""


class PeerPlace(models.Model):
    """For which organisations (codes) the node above stands, and for which this one does, as that node says."""

    peer = models.OneToOneField(Peer, on_delete=models.CASCADE, primary_key=True, related_name="+")
    theirs = models.JSONField(default=list)
    ours = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.ours}, below {', '.join(self.theirs)}"


class Audience(models.Model):
    """Who may receive some objects, as `watchward.intel.markings` writes it; few, and objects share them.

    `peer` is the node below this one for whose objects it was made.
    """

    digest = models.CharField(max_length=64, unique=True)
    key = models.TextField()
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.key


class Definition(models.Model):
    """A marking definition, by its identifier. The first that came holds: nobody can define it otherwise later.

    `peer` is the node below this one that brought it, as long as nobody but such nodes has brought the same; `others`
    are further such nodes that did, as many as are remembered (`audiences.MOST_VOUCHING`).
    """

    stix_id = models.CharField(max_length=300, unique=True)
    raw = models.BinaryField()
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+")
    others = models.ManyToManyField(Peer, related_name="+")

    def __str__(self) -> str:
        return self.stix_id


class Object(models.Model):
    """One version of a STIX object in a collection: its own bytes, and what is looked up or shown of it.

    `version` is the moment of the version as `version_text` says it; what has none of its own has the moment at which
    it was added. `current` marks the version that was modified last.
    """

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="held", db_index=False)
    added = models.BigIntegerField()
    stix_id = models.CharField(max_length=300)
    version = models.BigIntegerField()
    version_text = models.CharField(max_length=40)
    type = models.CharField(max_length=250)
    spec_version = models.CharField(max_length=10)
    current = models.BooleanField()
    revoked = models.BooleanField()
    title = models.CharField(max_length=200)
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="brought")
    raw = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["collection", "added"], name="object_added_once"),
            models.UniqueConstraint(fields=["stix_id", "collection", "version"], name="object_version_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["collection", "type", "added"], name="object_of_type")]

    def __str__(self) -> str:
        return self.title or self.stix_id


class Indicator(models.Model):
    """What the newest version of an indicator says that an organisation brought, whichever collection holds it.

    What one organisation brings changes nothing of what another did, or anybody could undo what protects others.
    `kinds` are the kinds of its exact values; a pattern that is more than exact values has none (`exact` is False).
    `joined` says whether that joins several observations, and `unrun` why nothing is looked for by it.
    """

    object = models.OneToOneField(Object, on_delete=models.CASCADE, primary_key=True, related_name="indicator")
    stix_id = models.CharField(max_length=300)
    owner = models.CharField(max_length=20)
    version = models.BigIntegerField()
    name = models.CharField(max_length=200)
    pattern = models.TextField()
    pattern_type = models.CharField(max_length=40)
    kinds = models.CharField(max_length=200)
    exact = models.BooleanField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, db_index=True)
    confidence = models.PositiveSmallIntegerField(null=True)
    revoked = models.BooleanField()
    joined = models.BooleanField(default=False)
    unrun = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["stix_id", "owner"], name="indicator_once_an_owner")]

    def __str__(self) -> str:
        return self.name or self.stix_id


class IndicatorValue(models.Model):
    """An exact value that an indicator speaks of, in its normal form; since `faded_at` nothing looks for it."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="values")
    kind = models.CharField(max_length=30)
    value = models.TextField()
    value_key = models.CharField(max_length=64)
    faded_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["value_key", "kind"], name="indicator_by_value"),
            models.Index(fields=["value_key"], condition=models.Q(faded_at__isnull=False), name="indicator_faded"),
        ]

    def __str__(self) -> str:
        return self.value


class Sighting(models.Model):
    """That something was seen, as the newest version of a sighting says it that an organisation brought."""

    object = models.OneToOneField(Object, on_delete=models.CASCADE, primary_key=True, related_name="sighting")
    stix_id = models.CharField(max_length=300)
    owner = models.CharField(max_length=20)
    version = models.BigIntegerField()
    of = models.CharField(max_length=300, db_index=True)
    count = models.BigIntegerField()
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    revoked = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["stix_id", "owner"], name="sighting_once_an_owner")]

    def __str__(self) -> str:
        return self.of


class Quarantined(models.Model):
    """An object that was refused, why, and how it begins."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="quarantined")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="quarantined")
    at = models.DateTimeField()
    stix_id = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=500)
    raw = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.reason


class SharedAlert(models.Model):
    """That an alert was shared: what went, into which collection, for whom, and whether it was withdrawn.

    `alert` is its identifier; there is no foreign key, so that the record outlives the alert. `things` are the values
    that went, each with its kind and its indicator; `sightings` are the identifiers of what was seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    alert = models.UUIDField(db_index=True)
    title = models.CharField(max_length=300)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(choices=[(level.value, level.text) for level in Tlp])
    group = models.CharField(max_length=200, blank=True)
    named = models.BooleanField(default=True)
    things = models.JSONField(default=list)
    sightings = models.JSONField(default=list)
    reached = models.PositiveIntegerField(default=0)
    shared_at = models.DateTimeField()
    shared_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-shared_at", "id"]

    def __str__(self) -> str:
        return self.title


class Unpublished(models.Model):
    """An indicator of which the gateways have yet to be told, or a value that it spoke of and no longer does.

    `kind` is that of the value; or PATTERN, where the indicator's pattern is, or was, more than exact values.
    """

    PATTERN: ClassVar = "pattern"

    stix_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=30, blank=True)
    value = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.stix_id


class Round(models.Model):
    """How far something has come that goes over many rows again and again, a piece at a time.

    `place` is the key of the last row that was looked at, `said` what decided how they are judged when the round began
    at `began_at`, and `whole` whether it came to the end since: what is added later follows the place.
    """

    name = models.CharField(max_length=60, unique=True)
    place = models.BigIntegerField(default=0)
    said = models.CharField(max_length=64, blank=True)
    began_at = models.DateTimeField(null=True)
    whole = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
