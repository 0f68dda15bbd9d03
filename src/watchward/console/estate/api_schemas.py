"""What the REST API takes and gives about organisations, devices and sources."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field

from watchward.console.estate.filters import Quiet, Standing
from watchward.console.estate.lateness import MOST_MINUTES_LATE
from watchward.console.estate.models import Device, Organisation, Source
from watchward.detect.sigma.rule import Level
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind
from watchward.estate.shipper import Shipper

Number = Annotated[int, Field(ge=1, le=100_000, description="Which page, from 1; a page holds 25 rows.")]


class OrganisationOut(Schema):
    """An organisation; `path` holds the codes from the top of the tree down to it."""

    code: str
    name: str
    kind: OrganisationKind
    path: str
    postcode: str
    opened_on: date | None
    closed_on: date | None
    successor: str | None

    @staticmethod
    def resolve_successor(one: Organisation) -> str | None:
        """The successor's code."""
        return one.successor.code if one.successor else None


class WaitingOut(Schema):
    """How many alerts wait at an organisation and below it, 10,001 for any more, and the most serious one's level."""

    alerts: int
    worst: Level


class OrganisationRow(OrganisationOut):
    """An organisation in a list: with its own devices, and the alerts that wait there if there are any to see."""

    devices: int
    waiting: WaitingOut | None


class SourceRef(Schema):
    """A source by its identifier."""

    id: str
    name: str


class OneOrganisationOut(OrganisationOut):
    """An organisation with what waits there, what it has and what is below it.

    `above` leads down to it from the top; `below` holds the first 25 directly below it by name, and `below_by_kind` how
    many there are; `devices` counts those below it too, 10,001 for any more; `sources` are its own first 25.
    """

    above: list[str]
    below: list[str]
    below_by_kind: dict[OrganisationKind, int]
    predecessors: list[str]
    waiting: WaitingOut | None
    devices: int
    sources: list[SourceRef]
    may_manage_sources: bool
    may_view_rota: bool


class AliasOut(Schema):
    """A name or address of a device, with the first and last moment at which it was seen with it."""

    kind: str
    value: str
    valid_from: datetime
    valid_until: datetime


class DeviceOut(Schema):
    """A device; `importance` is 1 (low), 2 (normal), 3 (important) or 4 (critical to care)."""

    id: UUID
    name: str
    organisation: str
    address: str
    importance: int
    marked_reason: str
    first_seen_at: datetime
    last_seen_at: datetime

    @staticmethod
    def resolve_organisation(one: Device) -> str:
        """The organisation's code."""
        return one.organisation.code


class DeviceRow(DeviceOut):
    """A device in a list, with how many alerts wait for it."""

    alerts: int


class OneDeviceOut(DeviceOut):
    """A device with its latest 200 names, the latest 10 alerts about it, those that wait first, and what you may do."""

    marked_by: str
    marked_at: datetime | None
    aliases: list[AliasOut]
    alerts: list[UUID]
    may_mark: bool


class RecentOut(Schema):
    """What a device did, as a sentence."""

    at: datetime
    said: str


class KeyRow(Schema):
    """A key of a source, without its secret."""

    key_id: str
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None


class BadOut(Schema):
    """A record that could not be read: why, and how it begins."""

    received_at: datetime
    reason: str
    raw: str


class SourceOut(Schema):
    """A source, with what it sent since it was added.

    `late` counts matches that came too late for the correlations that read them; `lateness_minutes` is how late that
    is, null for what the node's settings say.
    """

    id: str
    name: str
    organisation: str
    shipper: str
    enabled: bool
    last_sent_at: datetime | None
    last_observed_at: datetime | None
    events: int
    duplicates: int
    bad: int
    late: int
    lateness_minutes: int | None

    @staticmethod
    def resolve_organisation(one: Source) -> str:
        """The organisation's code."""
        return one.organisation.code


class LatenessIn(Schema):
    """How late events of a source may come, in minutes; null for what the node's settings say."""

    minutes: int | None = Field(ge=0, le=MOST_MINUTES_LATE)


class OneSourceOut(SourceOut):
    """A source with its keys, how much it sent, its latest ten records that could not be read, and what you may do.

    `devices_refused` counts the devices of the last week that were not made, because it brought too many.
    """

    events_last_hour: int
    events_last_day: int
    devices_refused: int
    keys: list[KeyRow]
    bad_records: list[BadOut]
    may_manage: bool


class AuthorityOut(Schema):
    """The certificate (PEM) of the node's own authority, which a shipper must trust."""

    certificate: str


class Organisations(Schema):
    """A page of organisations, those with the most serious alerts first."""

    total: int
    items: list[OrganisationRow]


class Devices(Schema):
    """A page of devices, the most important first; `total` counts to 10,001, or to one beyond this page."""

    total: int
    items: list[DeviceRow]


class Sources(Schema):
    """A page of sources, the longest silent first."""

    total: int
    items: list[SourceOut]


class OrganisationsAsked(Schema):
    """What narrows a list of organisations; `below` is the code of one that they are at or below."""

    text: str = ""
    below: str = ""
    kind: OrganisationKind | None = None
    standing: Standing = Standing.OPEN
    page: Number = 1


class DevicesAsked(Schema):
    """What narrows a list of devices; `importance` 0 stands for any."""

    text: str = ""
    below: str = ""
    importance: int = Field(default=0, ge=0, le=4)
    page: Number = 1


class SourcesAsked(Schema):
    """What narrows a list of sources: `quiet` is silent (for a day), sending or disabled."""

    text: str = ""
    below: str = ""
    quiet: Quiet = Quiet.ANY
    page: Number = 1


class Mark(Schema):
    """How much care depends on a device, and why."""

    importance: Importance
    reason: str = Field(min_length=1, max_length=300)


class NewSource(Schema):
    """A source to be added."""

    organisation: str
    name: str = Field(min_length=1, max_length=200)
    shipper: Shipper = Shipper.WINLOGBEAT


class KeyOut(Schema):
    """A new key: the only time that its secret is told."""

    source: str
    key_id: str
    secret: str
    url: str
    configuration: str
