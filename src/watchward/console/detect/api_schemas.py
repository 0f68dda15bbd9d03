"""What the REST API takes and gives about alerts and rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field, model_validator

from watchward.console.detect import actions
from watchward.console.detect.alert_presenter import EventPresenter
from watchward.console.detect.correlated_presenter import CorrelatedPresenter, PartPresenter
from watchward.console.detect.filters import Order, Standing
from watchward.console.detect.models import Alert, Rule
from watchward.console.detect.weighing import why_here
from watchward.detect.alerts.triage import AlertState, CloseReason, Step
from watchward.detect.sigma.rule import Level


class AlertOut(Schema):
    """One rule's findings on one device within one span of time; `why` says why it stands where it stands.

    `score` is expected harm in severity-weighted patients: `likelihood` that it is real, times what is at stake.

    A `provisional` one is what a correlation found and later events may still change or undo.
    """

    id: UUID
    rule: str
    title: str
    level: Level
    organisation: str
    device: str
    score: float
    likelihood: float
    why: str
    count: int
    first_at: datetime
    last_at: datetime
    received_at: datetime
    state: AlertState
    provisional: bool
    closed_reason: str
    assignee: str | None

    @staticmethod
    def resolve_rule(one: Alert) -> str:
        """The rule's identifier."""
        return one.rule_id

    @staticmethod
    def resolve_title(one: Alert) -> str:
        """The rule's title."""
        return one.rule.title

    @staticmethod
    def resolve_level(one: Alert) -> Level:
        """The rule's level."""
        return one.named_level

    @staticmethod
    def resolve_organisation(one: Alert) -> str:
        """The organisation's code."""
        return one.organisation.code

    @staticmethod
    def resolve_why(one: Alert) -> str:
        """Why it stands where it stands."""
        return why_here(one)

    @staticmethod
    def resolve_assignee(one: Alert) -> str | None:
        """The e-mail address of whoever has it."""
        return one.assignee.email if one.assignee else None


class Alerts(Schema):
    """A page of alerts. Ask `/alerts/news` for what came `since` this `revision`, which says nothing by itself."""

    total: int
    by_level: dict[Level, int]
    revision: str
    items: list[AlertOut]


class News(Schema):
    """How many alerts of a list appeared, or opened again, since a revision; and the revision to ask for next."""

    count: int
    revision: str


class FewAlerts(Schema):
    """The first ten of some alerts, and how many there are."""

    total: int
    items: list[AlertOut]


class EventOut(Schema):
    """One of the events that made an alert: what the rule matched, and where the lake keeps the event."""

    event_id: str
    observed_at: datetime
    source: str
    segment: str
    row: int
    fields: dict[str, str]


class StepOut(Schema):
    """Something that was done about an alert."""

    at: datetime
    by: str = Field(alias="by_name")
    text: str
    note: str


class FieldOut(Schema):
    """A field with its value."""

    field: str
    value: str


class PartOut(Schema):
    """One of the events that made the alert of a correlation: as a sentence, and the titles of the rules it met."""

    event_id: str
    at: datetime
    device: str
    rules: Sequence[str]
    sentence: str

    @staticmethod
    def resolve_event_id(one: PartPresenter) -> str:
        """The event's identifier."""
        return one.event.kept.event_id if one.event.kept else ""

    @staticmethod
    def resolve_sentence(one: PartPresenter) -> str:
        """What happened."""
        return one.event.sentence


class CorrelationOut(Schema):
    """What a correlation found: what it asks, by which values its events belong together, and its first 100 events.

    `made_of` names the alerts of other correlations that it read, as far as you may see them.
    """

    asks: str
    group: list[FieldOut]
    devices: list[str]
    parts: list[PartOut]
    made_of: list[UUID]

    @staticmethod
    def resolve_group(one: CorrelatedPresenter) -> list[dict[str, str]]:
        """The fields in the order of the rule."""
        return [{"field": name, "value": value} for name, value in one.group]

    @staticmethod
    def resolve_made_of(one: CorrelatedPresenter) -> list[UUID]:
        """The identifiers of the alerts."""
        return [alert.pk for alert in one.made_of]


class OneAlertOut(Schema):
    """An alert with what happened as a sentence, its earliest events, what was done, and what you may do."""

    alert: AlertOut
    sentence: str
    correlation: CorrelationOut | None
    events: list[EventOut]
    steps: list[StepOut]
    may: list[Step]


class AroundOut(Schema):
    """One event of the alert's device: as a sentence, and whole; `matched` when it is one of those that made the alert.

    `event` holds the envelope and the fields as the lake keeps them, besides `unmapped`.
    """

    observed_at: datetime | None
    sentence: str
    matched: bool
    event: dict[str, object] = Field(alias="whole")

    @staticmethod
    def resolve_matched(one: EventPresenter) -> bool:
        """Whether it is one of those that made the alert."""
        return one.kept is not None


class Timeline(Schema):
    """What a device did within five minutes of an alert: at most 50 events, the oldest first."""

    items: list[AroundOut]


class PersonOut(Schema):
    """Someone to whom an alert may be given."""

    email: str
    name: str


class AlertsAsked(Schema):
    """What narrows and orders a list of alerts."""

    state: Standing = Standing.WAITING
    level: list[Level] = Field(default_factory=list)
    organisation: str = ""
    rule: str = ""
    technique: str = ""
    device: str = ""
    text: str = ""
    assignee: str = ""
    order: Order = Order.PRIORITY
    page: int = Field(default=1, ge=1, le=100_000, description="Which page, from 1.")


class RuleOut(Schema):
    """What a rule says about itself."""

    id: str
    title: str
    level: Level
    description: str
    author: str
    references: list[str]
    tags: list[str]
    falsepositives: list[str]
    loaded: bool

    @staticmethod
    def resolve_level(one: Rule) -> Level:
        """The level's name."""
        return list(Level)[one.level]


class Rules(Schema):
    """A page of rules, by title."""

    total: int
    items: list[RuleOut]


class Close(Schema):
    """Why an alert is closed."""

    reason: CloseReason
    note: str = Field(default="", max_length=actions.LONGEST_NOTE)


class ManySteps(Schema):
    """One step with several alerts at once. Those that stand where it cannot be taken are passed over."""

    step: Literal["acknowledge", "close"]
    alerts: list[UUID] = Field(min_length=1, max_length=actions.MOST_AT_ONCE)
    reason: CloseReason | None = Field(default=None, description="Why they are closed; needed for that, and only then.")
    note: str = Field(default="", max_length=actions.LONGEST_NOTE)

    @model_validator(mode="after")
    def _has_its_reason(self) -> Self:
        if (self.step == "close") != (self.reason is not None):
            raise ValueError("closing needs a reason, and nothing else takes one")
        return self


class Changed(Schema):
    """The alerts with which the step was taken."""

    changed: list[UUID]


class Assign(Schema):
    """To whom an alert is given: an e-mail address, or null for nobody."""

    assignee: str | None


class Note(Schema):
    """What others should know. Do not write about patients."""

    note: str = Field(min_length=1, max_length=actions.LONGEST_NOTE)
