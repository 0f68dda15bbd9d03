"""What is stored of links: the nodes at their other ends, what waits for them, and how far each stream has come."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation
from watchward.link.stream import NOTHING, Position


class Peer(models.Model):
    """The node at the other end of a link: the one parent, or a child.

    `node` is its own name, which no change of keys changes. A child speaks for its `organisation` and those below; a
    parent has none. `knows_us_by` is the fingerprint of this node's key that it knows. `lets_out` says, class by class,
    whether this node tells it such things; what is not in it is as the class has it by default. A peer that was ended
    stays, because what it sent is attributed to it.
    """

    class Way(models.TextChoices):
        """Where it stands."""

        PARENT = "parent", "parent"
        CHILD = "child", "child"

    node = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    way = models.CharField(max_length=10, choices=Way.choices)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    knows_us_by = models.CharField(max_length=32, blank=True)
    key_before = models.CharField(max_length=64, blank=True)
    key_before_until = models.DateTimeField(null=True)
    address = models.CharField(max_length=300, blank=True)
    authority = models.TextField(blank=True)
    lets_out = models.JSONField(default=dict)
    most_a_day = models.PositiveIntegerField(default=100_000)
    most_bytes_a_day = models.BigIntegerField(default=1 << 30)
    version = models.CharField(max_length=40, blank=True)
    skew_seconds = models.FloatField(null=True)
    joined_at = models.DateTimeField()
    joined_by = models.CharField(max_length=200)
    last_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["node"], condition=models.Q(ended_at=None), name="peer_once"),
            models.UniqueConstraint(
                fields=["way"], condition=models.Q(ended_at=None, way="parent"), name="peer_one_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_parent(self) -> bool:
        """Whether this node joined it."""
        return self.way == self.Way.PARENT


class Invitation(models.Model):
    """A code with which one child may join, once; its secret is sealed. With `peer` it takes the place of that node."""

    number = models.CharField(max_length=16, unique=True)
    secret = models.TextField()
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    peer = models.ForeignKey(Peer, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return self.name


class _Placed(models.Model):
    """A place in a stream, as columns."""

    epoch = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField(default=0)
    digest = models.BinaryField(max_length=16, default=NOTHING)

    class Meta:
        abstract = True

    @property
    def place(self) -> Position:
        """Where it stands."""
        return Position(epoch=self.epoch, seq=self.seq, digest=bytes(self.digest))

    @place.setter
    def place(self, position: Position) -> None:
        self.epoch, self.seq, self.digest = position.epoch, position.seq, position.digest


class Speaking(_Placed):
    """How far this node has come in telling a peer: the place behind the last that was sent, and the acknowledged one.

    `anew` is why the next contact begins a new epoch, if it does.
    """

    peer = models.OneToOneField(Peer, on_delete=models.CASCADE, primary_key=True, related_name="speaking")
    acknowledged_seq = models.BigIntegerField(default=0)
    acknowledged_digest = models.BinaryField(max_length=16, default=NOTHING)
    anew = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(null=True)
    began_why = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"to {self.peer_id}: {self.place}"


class Hearing(_Placed):
    """How far a peer has come in telling this node. `unknown` are the classes that this version does not know."""

    peer = models.OneToOneField(Peer, on_delete=models.CASCADE, primary_key=True, related_name="hearing")
    complete_at = models.DateTimeField(null=True)
    unknown = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"from {self.peer_id}: {self.place}"


class Letter(models.Model):
    """One thing that is told, kept once for all whom it is told; `digest` is of all the rest."""

    digest = models.BinaryField(max_length=16, unique=True)
    kind = models.CharField(max_length=40)
    envelope_id = models.CharField(max_length=200)
    made_at = models.CharField(max_length=40)
    body = models.BinaryField()
    kept_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.envelope_id}"


class Queued(models.Model):
    """That a letter is for a peer. What was sent has the number and the digest of its place behind it.

    What is an `event` stays for a while after it was acknowledged: nobody could tell it again from what holds, when
    the other end is put back to an old backup.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="queue", db_index=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="queued")
    why = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField()
    event = models.BooleanField()
    seq = models.BigIntegerField(null=True)
    digest = models.BinaryField(max_length=16, null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["peer", "acknowledged_at", "seq", "id"], name="queued_next"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} to {self.peer_id}"


class Told(models.Model):
    """What a peer has told: in its present epoch where it is state, within the time of repetition where an event."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    envelope_id = models.CharField(max_length=200)
    epoch = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "kind", "envelope_id"], name="told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.envelope_id}"


class Passage(models.Model):
    """How much of one class of data went one way on one day, for one reason."""

    class Fate(models.TextChoices):
        """What became of it."""

        LEFT = "left", "left this node"
        WITHHELD = "withheld", "was not let out"
        CAME = "came", "came in"
        REFUSED = "refused", "was refused"
        UNKNOWN = "unknown", "is not known to this version"
        LOST = "lost", "waited too long and was given up"

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="passages", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=40)
    fate = models.CharField(max_length=10, choices=Fate.choices)
    why = models.CharField(max_length=200, blank=True)
    count = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-day", "kind", "id"]
        indexes: ClassVar = [models.Index(fields=["-day", "kind", "id"], name="passages_latest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "day", "kind", "fate", "why"], name="passage_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.fate}"


class Refusal(models.Model):
    """Something that a peer sent and this node did not take, or (`there`) the other way round; the latest ones."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="refusals")
    kind = models.CharField(max_length=40)
    envelope_id = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    there = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.reason


class HeldHead(models.Model):
    """A signed head of a child's audit log, and what speaks against its being of the same log as the one before.

    The same one comes every hour for as long as nothing is added to the log; `seen_at` is when it last did.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="heads")
    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    signed_at = models.CharField(max_length=40)
    public = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    came_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    faults = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["peer", "faults"], name="heads_with_faults")]

    def __str__(self) -> str:
        return f"{self.peer_id}: entry {self.number}"
