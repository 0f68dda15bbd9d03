"""What is stored of questions that travel: what was asked, by whom and what for, and what each organisation answers."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from watchward.console.estate.models import Organisation
from watchward.console.link.models import Peer


def _new_id() -> str:
    return uuid.uuid4().hex


class Question(models.Model):
    """A question to events, at other nodes or from one.

    Asked here, it has `by`; from the node above, it has `peer`. `asker` and `node` say who asked first, and in whose
    name. `to` are the children that it went on to. `seconds_used` and `bytes_kept` are what it took and keeps here, of
    what one question may. `asks_about` is what in its conditions may name a person (`hunts.people`), by the alphabet;
    None: nobody has read it yet, and until then nothing is counted here.
    """

    class Form(models.TextChoices):
        """In which language it is asked."""

        SIGMA = "sigma", "Sigma rule"
        SQL = "sql", "SQL"

    id = models.CharField(max_length=32, primary_key=True, default=_new_id)
    to: ClassVar = models.ManyToManyField(Peer, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="questions")
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="questions")
    asker = models.CharField(max_length=200)
    node = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    purpose = models.CharField(max_length=1000)
    form = models.CharField(max_length=5, choices=Form.choices)
    text = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    wants_rows = models.BooleanField(default=False)
    at = models.DateTimeField()
    ends_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    seconds_used = models.FloatField(default=0.0)
    bytes_kept = models.BigIntegerField(default=0)
    asks_about = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "id"]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime) -> bool:
        """Whether answers are still wanted."""
        return self.withdrawn_at is None and self.ends_at > now


class State(models.TextChoices):
    """How far an organisation's answer is."""

    ASKED = "asked", "Waits for somebody's word"
    WAITING = "waiting", "Waits for its turn"
    RUNNING = "running", "Looks"
    COUNTED = "counted", "Counted"
    GIVEN = "given", "Gave rows"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


class Answer(models.Model):
    """What one organisation answers. `peer` is the child that told it; without one it is an organisation of this node.

    A number below `below` is not told: 0 stands in its place. `found` is what was found here, and never leaves by
    itself; `rows` are those that somebody there let out. `told_as` is the identifier under which a child told it.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices)
    events = models.BigIntegerField(default=0)
    devices = models.BigIntegerField(default=0)
    below = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=1000, blank=True)
    found = models.JSONField(null=True)
    rows = models.JSONField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    told_as = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "code", "id"]
        indexes: ClassVar = [models.Index(fields=["question", "-events", "name"], name="answer_most_first")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "code", "peer"], name="answer_once_a_child"),
            models.UniqueConstraint(
                fields=["question", "code"], condition=models.Q(peer=None), name="answer_once_here"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def stands(self) -> State:
        """How far it is."""
        return State(self.state)


class Look(models.Model):
    """Which pages of what was found somewhere a person has seen before it leaves: with names (`whole`) or without.

    `at` is when the look began of which the audit log has an entry.
    """

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    whole = models.BooleanField()
    pages = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["answer", "by", "whole"], name="look_once_each_way")]

    def __str__(self) -> str:
        return f"{self.by_id} at {self.answer_id}"


class Policy(models.Model):
    """What an organisation does with questions of other nodes, where it has said so; rows always need a person.

    `people` is what it does with those that ask about named people, where that is stricter than `counts`; of those,
    numbers below `fewest` are told as fewer than that.
    """

    class Counts(models.TextChoices):
        """Whether its events may be counted for others."""

        AT_ONCE = "at_once", "Count at once"
        ASKED = "asked", "Ask us each time"
        NEVER = "never", "Never"

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, primary_key=True, related_name="+")
    counts = models.CharField(max_length=8, choices=Counts.choices, default=Counts.AT_ONCE)
    people = models.CharField(max_length=8, choices=Counts.choices, default=Counts.ASKED)
    fewest = models.PositiveSmallIntegerField(default=5)

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.counts}"

    def of(self, question: Question) -> Counts:
        """What it does with a question."""
        strictest = (Policy.Counts.NEVER, Policy.Counts.ASKED, Policy.Counts.AT_ONCE)
        held = (self.counts, self.people) if question.asks_about else (self.counts,)
        return next(one for one in strictest if one in held)
