"""What is stored of blocks: what was decided about each, what harm was found, and who excepted what."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer
from watchward.respond.blocks.failing import Sign
from watchward.respond.blocks.life import Because, Reach, State


class Block(models.Model):
    """One thing that is blocked, or is to be, or was.

    `key` is its name at every node. `organisation` is for whom it holds, with all below; none: for all of this node.
    One with a `peer` was decided above; its life is told from there. `tried_at` are the codes of the canary group when
    it began. `by_policy`: an organisation's policy wants it. `before_belief`: it was put in force when policies did not
    go by belief yet, and stands until its end; `unbelieved_at`: since when belief would not hold it. `few`: few may
    have its indicator, whose sender is not shown; `alone`: those below the organisation may not have it, and it does
    not hold for them. `unpublished`: the server of lists has yet to be told.
    """

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=30)
    value = models.TextField()
    value_key = models.CharField(max_length=64, db_index=True)
    indicator = models.CharField(max_length=300, blank=True, db_index=True)
    why = models.CharField(max_length=500)
    source = models.CharField(max_length=200, blank=True)
    reach = models.CharField(max_length=20, choices=[(one.value, one.label) for one in Reach])
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    organisation_path = models.CharField(max_length=400, blank=True, db_index=True)
    peer = models.ForeignKey(Peer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=[(one.value, one.label) for one in State])
    well_known = models.CharField(max_length=500, blank=True)
    agreed = models.JSONField(default=list)
    tried_at = models.JSONField(default=list)
    by_policy = models.BooleanField(default=False)
    before_belief = models.BooleanField(default=False)
    unbelieved_at = models.DateTimeField(null=True, blank=True)
    few = models.BooleanField(default=False)
    alone = models.BooleanField(default=False)
    proposed_by = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    until = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    canary_at = models.DateTimeField(null=True, blank=True)
    in_force_at = models.DateTimeField(null=True, blank=True)
    emergency = models.CharField(max_length=60, blank=True)
    review_by = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=12, blank=True, choices=[(one.value, one.label) for one in Because])
    changed_at = models.DateTimeField()
    unpublished = models.BooleanField(default=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-proposed_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["state", "-proposed_at"], name="block_by_state")]

    def __str__(self) -> str:
        return self.value[:200]

    @property
    def said_by(self) -> str:
        """Who says that it is an attack, where that may be told to all who see the block."""
        return "" if self.few else self.source


class Check(models.Model):
    """What a block would do to care: asked for, and found by the worker as `respond.blocks.checking` tells it."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="checks")
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    found = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-id"]

    def __str__(self) -> str:
        return str(self.block)


class Decision(models.Model):
    """What somebody decided about a block, in words, and the check of harm that they had before them."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    step = models.CharField(max_length=200)
    why = models.CharField(max_length=500, blank=True)
    check_before = models.ForeignKey(Check, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.step


class Excepted(models.Model):
    """What an organisation, with all below it, wants to reach although it is blocked; ended, and never deleted.

    One with a `block` was made by the organisation's policy: it stands aside from that block until a person adopts it.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation_path = models.CharField(max_length=400, db_index=True)
    kind = models.CharField(max_length=30)
    value = models.TextField()
    value_key = models.CharField(max_length=64, db_index=True)
    reason = models.CharField(max_length=500)
    until = models.DateTimeField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.CASCADE, related_name="aside")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    unpublished = models.BooleanField(default=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.value[:200]


class CanaryMember(models.Model):
    """An organisation that has what goes beyond one organisation before the others."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return str(self.organisation)


class AdoptionPolicy(models.Model):
    """An organisation's written policy: what it blocks without a person's word, itself and those below it.

    `confidence` is how much must be believed of an indicator, in percent; none: no indicator is blocked.
    """

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    decided = models.BooleanField(default=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    sources = models.JSONField(default=list)
    kinds = models.JSONField(default=list)
    check_first = models.BooleanField(default=True)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return str(self.organisation)


class OfferAgain(models.Model):
    """An indicator, or a sighting of one, that others than before may have: policies are asked about it once more."""

    stix_id = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.stix_id


class Switch(models.Model):
    """One row: whether blocks hold at all on this node. `peer`'s is whether the parent's do."""

    peer = models.OneToOneField(Peer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    thrown_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=500, blank=True)
    unpublished = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "Nothing is blocked" if self.thrown_at else "Blocks hold"


class Failure(models.Model):
    """A sign that care fails where a block holds; `block` none: whichever came lately."""

    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.CASCADE, related_name="failures")
    peer = models.ForeignKey(Peer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200, unique=True)
    sign = models.CharField(max_length=12, choices=[(one.value, one.label) for one in Sign])
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    thing = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return self.thing
