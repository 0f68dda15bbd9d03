"""What may be read about sharing an alert: what would go, with whom, and what was shared of it before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from django.db.models import Q

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.access.models import User
from watchward.console.config import current
from watchward.console.detect.models import Alert, AlertEvent
from watchward.console.estate.models import Device, DeviceAlias
from watchward.console.intel import for_whom
from watchward.console.intel.guard import may_write
from watchward.console.intel.models import Collection, Group, Indicator, IndicatorValue, Object, SharedAlert
from watchward.console.intel.queries import objects_visible_to
from watchward.console.intel.recipients import recipients
from watchward.console.intel.warnings import warninglists
from watchward.estate.device import AliasKind
from watchward.intel.markings import Audience, Tlp, keeper_group, organisation_group
from watchward.intel.never import Own
from watchward.intel.observable import Observable
from watchward.intel.offering import Offer, Offered, Sight, Standing, offered, together
from watchward.intel.personal import Inside, accounts_in
from watchward.intel.sharing import cleaned, fields_of_users, with_names
from watchward.intel.stix.telling import Seen
from watchward.lake import events as lake
from watchward.lake import named
from watchward.respond.blocks.refusing import BLOCKABLE
from watchward.telemetry.batch import items

LEVELS: Final = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT)
"""Levels under which a node gives something to other machines; TLP:RED is told in person."""
SURE: Final[Mapping[int, str]] = {90: "Sure", 75: "Likely", 40: "Possible"}
INDICATOR: Final = "indicator--"
"""How the rule of an alert is called that an indicator raised."""

_EVENTS: Final = 100
_HOSTS: Final = 100_000
_ACCOUNTS_FOR: Final = timedelta(days=30)
_ACCOUNTS_SECONDS: Final = 0.15
"""How far back accounts are looked for in the events, and for how long."""

_SHORTEST_NAME: Final = 3
_BLOCKABLE: Final = frozenset({Standing.GOES, Standing.ASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How somebody wants to share an alert.

    Args:
        collection: where it is put.
        level: how far it may be passed on.
        group: the sharing group that alone may have it; nothing for none.
        named: whether the receivers are told whose it is.
        confidence: how sure the sender is, from 0 to 100.
        things: what goes, by `Offer.key`; None: all that needs nobody's word.

    """

    collection: Collection
    level: Tlp
    group: str = ""
    named: bool = True
    confidence: int = 75
    things: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What would be shared of an alert, before it goes.

    Args:
        alert: it.
        offered: the things that its matched fields name, each with whether it may go.
        indicator: the stored indicator that raised it: then a sighting of that goes, and nothing else.
        collections: where it may be put.
        groups: the sharing groups of its organisation.
        wanted: how it is to be shared; None while there is nowhere to put it.

    """

    alert: Alert
    offered: Offered
    indicator: Object | None
    collections: Sequence[Collection]
    groups: Sequence[str]
    wanted: Wanted | None

    @cached_property
    def chosen(self) -> tuple[Offer, ...]:
        """What goes."""
        if self.wanted is None or self.indicator is not None:
            return ()
        things = self.wanted.things
        return tuple(
            one
            for one in self.offered.going
            if (one.standing is Standing.GOES if things is None else one.key in things)
        )

    @property
    def audience(self) -> Audience | None:
        """Who may have it, wherever it is kept."""
        if self.wanted is None:
            return None
        if self.indicator is not None:
            had = Audience.of(self.indicator.audience.key)
            source = self.indicator.source  # it hears of it too, unless its name would be told with that
            back = [] if source.unnamed else [organisation_group(source.organisation.code)]
            return replace(had, owner=self.alert.organisation.code, addressed=had.addressed | {*back})
        group, wanted = self.wanted.group, self.wanted
        return Audience(
            owner=self.alert.organisation.code,
            level=wanted.level,
            groups=frozenset([group] if group else []),
            addressed=frozenset([*wanted.collection.addressed, *([group] if group else []), *self._keeper]),
        )

    @property
    def _keeper(self) -> list[str]:
        """The group of whoever owns the collection, if that is another organisation than shares."""
        owner = self.wanted.collection.organisation.code if self.wanted else ""
        return [keeper_group(owner)] if owner not in ("", self.alert.organisation.code) else []

    @cached_property
    def reached(self) -> int:
        """How many other organisations receive it."""
        if self.wanted is None or self.audience is None:
            return 0
        return recipients(self.audience, self.wanted.collection).count()

    @cached_property
    def nodes(self) -> for_whom.Nodes:
        """How many linked nodes are told, which give it to those for whom they stand, and how many cannot be."""
        if self.wanted is None or self.audience is None:
            return for_whom.Nodes()
        return for_whom.nodes_told(self.audience, self.wanted.collection)

    @property
    def refusal(self) -> str:
        """Why it cannot go as it stands; nothing where it can."""
        if self.wanted is None:
            return "There is no collection that you may add to. Ask whoever manages one to open it to you."
        if self.indicator is None and self.alert.rule_id.startswith(INDICATOR):
            return "An indicator raised this alert that you may not pass on: whoever shared it decides who has it."
        if self.indicator is None and not self.offered.going:
            return "This alert names no address, file or program of an attacker that may go. What it names stays here."
        if not self.is_ready:
            return self._unchosen
        if not self.reached and not self.nodes.told:
            return self._unreached
        return ""

    @property
    def is_ready(self) -> bool:
        """Whether something would go, if anybody receives it."""
        return self.indicator is not None or bool(self.chosen)

    @property
    def _unreached(self) -> str:
        """Why nobody would receive it, and what would change that."""
        assert self.audience is not None
        assert self.wanted is not None
        if self.audience.groups:
            why = "nobody else who may read that collection is a member of the group."
            return f"Nobody would receive it: {why} Choose another collection, or no group."
        if self.audience.is_of_everybody:
            return "Nobody would receive it: nobody else may read that collection. Choose another, or have it opened."
        below = ", with those below them" if self.audience.goes_below else ""
        return (
            f"Nobody would receive it: {self.audience.level.text} is for those to whom it is sent{below}, and that"
            " collection is sent to nobody else. Choose TLP:GREEN, a collection of another organisation, or a sharing"
            " group of yours, if you have one."
        )

    @property
    def _unchosen(self) -> str:
        if all(one.standing is Standing.COMMON for one in self.offered.going):
            return "Everybody runs what this alert names. Tick only what you know to be an attacker's own."
        return "What this alert names goes by your word alone. Tick what is the attacker's own."

    @property
    def seen(self) -> Seen:
        """What was seen, with nothing of the inside in its title."""
        alert = self.alert
        title = cleaned(alert.rule.title, _inside(alert, {}))[0]
        return Seen(title=title[:200], first_at=alert.first_at, last_at=alert.last_at, count=alert.count)

    @property
    def mark(self) -> str:
        """What was shown, in short: if it is another when somebody confirms, they have not seen what would go."""
        told = [f"{one.key} {one.standing}" for one in self.offered.offers]
        key = self.audience.key if self.audience else ""
        chosen = sorted(one.key for one in self.chosen)
        said = [self.indicator.stix_id if self.indicator else "", key, *told, "", *chosen]
        if self.wanted:
            wanted = self.wanted
            said += [
                str(wanted.collection.pk),
                str(wanted.named),
                str(wanted.confidence),
                str(self.reached),
                str(self.nodes),
            ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def may_share(viewer: Actor, alert: Alert) -> bool:
    """Whether somebody may share what an alert of this organisation shows."""
    return alert.organisation_path in reach(viewer, Permission.INTEL_ADD)


def proposal(viewer: Actor, alert: Alert, wanted: Wanted | None = None) -> Proposal:
    """What would be shared of an alert; as somebody wants it, or as is usual."""
    indicator = _indicator(viewer, alert)
    places = _places(viewer, indicator)[:50]
    if wanted is not None and wanted.collection not in places:
        wanted = None
    usual = _usual(places) if wanted is None else wanted
    return Proposal(
        alert=alert,
        offered=_offered(alert),
        indicator=indicator,
        collections=places,
        groups=list(Group.objects.filter(members=alert.organisation).values_list("name", flat=True)),
        wanted=usual,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blockable:
    """A thing of an alert that may be proposed to be blocked, and the indicator that names it, if one does."""

    thing: Observable
    indicator: str = ""


def blockable_of(viewer: Actor, alert: Alert) -> list[Blockable]:
    """What the attacker of an alert used that can be blocked; ten things at most.

    Of another organisation's alert, only what it would share without anybody's word.
    """
    offers = [one for one in _offered(alert).offers if one.standing in _BLOCKABLE and one.observable.kind in BLOCKABLE]
    if alert.organisation_path not in reach(viewer, Permission.BLOCK_PROPOSE):
        offers = [one for one in offers if one.standing is Standing.GOES]
    found = _indicator(viewer, alert)
    named = (
        set(IndicatorValue.objects.filter(indicator=found.pk).values_list("kind", "value")[:1000]) if found else set()
    )
    return [
        Blockable(
            thing=one.observable,
            indicator=found.stix_id if found and (one.observable.kind.value, one.observable.value) in named else "",
        )
        for one in offers[:10]
    ]


def _places(viewer: Actor, indicator: Object | None) -> list[Collection]:
    found = Collection.objects.filter(may_write(viewer), retired_at=None).order_by("title", "id")
    found = found.select_related("organisation", "root")
    if indicator is not None:  # a sighting goes where the indicator is, under the same markings
        found = found.filter(pk=indicator.collection_id)
    # What is open to others comes first: a collection that only its owner reads protects nobody else.
    return sorted(found[:200], key=lambda one: (not one.grants.filter(can_read=True).exists(), one.title))


def _usual(places: Sequence[Collection]) -> Wanted | None:
    if not places:
        return None
    first = places[0]
    return Wanted(collection=first, level=Tlp.AMBER_STRICT if first.addressed else Tlp.GREEN)


def _indicator(viewer: Actor, alert: Alert) -> Object | None:
    """The indicator that raised an alert, if one did and the viewer may have it."""
    if not alert.rule_id.startswith(INDICATOR):
        return None
    found = Indicator.objects.filter(stix_id=alert.rule_id, object__in=objects_visible_to(viewer), revoked=False)
    row = found.select_related("object__audience", "object__collection", "object__source__organisation").first()
    return row.object if row else None


def _offered(alert: Alert) -> Offered:
    events = [] if alert.rule_id.startswith(INDICATOR) else list(alert.events.all()[:_EVENTS])
    sights = [Sight(matched=one.fields, beside=one.context) for one in events]
    if events:  # of the first, all that the lake keeps
        sights[0] = replace(sights[0], beside={**_kept(events[0]), **events[0].context})
    inside = _inside(alert, together({**one.beside, **one.matched} for one in sights))
    for one in sights:
        inside = with_names({**one.beside, **one.matched}, inside)
    return offered(sights, inside=inside, lists=warninglists())


def _kept(event: AlertEvent) -> Mapping[str, str]:
    """All that the lake keeps of an event."""
    found = lake.fetch(current().lake, event_id=event.event_id, segment=event.segment, row=event.row)
    return found.fields if found else {}


def _inside(alert: Alert, fields: Mapping[str, str]) -> Inside:
    """What is known of the alert's organisation: its computers, and the domains that these stand in."""
    texts = [alert.rule.title, *(item for value in fields.values() for item in items(value))]
    text = "\n".join(texts).lower()
    there = Device.objects.filter(organisation=alert.organisation)
    names = {alert.device, *there.values_list("name", flat=True)[:_HOSTS]}
    aliases = DeviceAlias.objects.filter(organisation=alert.organisation)
    named = aliases.filter(kind__in=[AliasKind.HOST_NAME.value, AliasKind.FQDN.value]).values_list("value", flat=True)
    names |= {*named[:_HOSTS]}
    domains = {name.partition(".")[2].lower() for name in names if name.count(".") > 1}
    short = {part for name in names for part in (name, name.partition(".")[0])}
    # Only those that stand in the text: to look for each of 100,000 names by shape would take seconds.
    hosts = {name for name in short if len(name) >= _SHORTEST_NAME and name.lower() in text} | {alert.device}
    return Inside(own=_own(domains), hosts=frozenset(hosts), accounts=accounts_in(texts, _accounts(alert)))


def _accounts(alert: Alert) -> set[str]:
    """What is known of people at the alert's organisation: accounts in its latest events, and who has a role there."""
    place = alert.organisation
    seen = named.values(
        current().lake,
        place.code,
        fields_of_users(),
        since=alert.last_at - _ACCOUNTS_FOR,
        seconds=_ACCOUNTS_SECONDS,
    )
    people = User.objects.filter(posts__organisation=place).values_list("name", "email")[:_HOSTS]
    return seen | {said for both in people for said in both}


def _own(domains: set[str]) -> Own:
    """The names that devices stand in, and what the node's settings say besides."""
    config = current()
    return Own.of(domains=[*_usable(domains), *config.own_domains], networks=config.own_networks)


def _usable(domains: set[str]) -> list[str]:
    return sorted(one for one in domains if one.isascii() and all(part.strip("-") for part in one.split(".")))


def shares_of(viewer: Actor, alert: Alert) -> list[SharedAlert]:
    """How an alert was shared, the latest first: told to those who see intelligence of its organisation."""
    if alert.organisation_path not in reach(viewer, Permission.INTEL_VIEW):
        return []
    return list(SharedAlert.objects.filter(alert=alert.pk).select_related("collection", "organisation")[:20])


def share_of(viewer: Actor, key: UUID) -> SharedAlert | None:
    """One of them."""
    rows = SharedAlert.objects.filter(reach(viewer, Permission.INTEL_VIEW).q("organisation__path"), pk=key)
    return rows.select_related("collection__organisation", "organisation").first()


def standing_of(collection: Collection, stix_ids: Sequence[str]) -> tuple[set[str], set[str]]:
    """Of some objects, those that a collection has and that hold; and those that are revoked there."""
    rows = Object.objects.filter(Q(stix_id__in=stix_ids), collection=collection, current=True)
    found = dict(rows.values_list("stix_id", "revoked"))
    return {key for key, gone in found.items() if not gone}, {key for key, gone in found.items() if gone}


def addressed_by(one: Object) -> tuple[str, ...]:
    """The groups to which an object was sent."""
    return tuple(sorted(Audience.of(one.audience.key).addressed))
