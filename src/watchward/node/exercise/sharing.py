"""What the exercise's organisations have shared: one collection, which all read and add to, and what came of it.

Two Trusts met attacks yesterday. What they shared of them is blocked at the others by written policy: one domain as
soon as the second Trust had seen it too, one address only at a Trust that asks for less, and one domain no longer,
because it was withdrawn. Nothing here is backdated: the node adopts and lifts it as it would in life.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.estate.organisation import OrganisationKind
from watchward.intel.markings import Tlp
from watchward.intel.observable import Kind, Observable
from watchward.intel.stix import write
from watchward.intel.stix.telling import Seen, Sender, Telling
from watchward.intel.trust import Reliability
from watchward.lists.forms import Family
from watchward.node.exercise import staff
from watchward.node.exercise.sector import TOP, Sector, Site
from watchward.respond.blocks.adopting import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from watchward.console.access.models import User
    from watchward.console.estate.models import Organisation
    from watchward.console.intel.models import Collection

TITLE: Final = "Shared in the Exercise Kingdom"
CORROBORATED: Final = Observable(Kind.DOMAIN, "mail-quarantine.example")
"""Shared by the first Trust and seen by the second: neither would be enough for the areas' policies alone."""
DOUBTED: Final = Observable(Kind.IPV4, "192.0.2.77")
"""Shared by the first Trust, and seen by nobody else."""
WITHDRAWN: Final = Observable(Kind.DOMAIN, "parcel-desk.example")
"""Shared by the second Trust, which found later that it belongs to a supplier."""

_AREAS_ASK: Final = 70
_TRUST_ASKS: Final = 50
_SHARERS: Final = 2
_RATED: Final = (
    (Reliability.B, "Right about most of what it shared last year"),
    (Reliability.A, "Right about all that it shared last year"),
)
"""How reliable the first two Trusts are, and why."""


def open_collection(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Make it, so that an alert of the exercise can be shared at once, and let some have shared what they met."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.intel import actions  # noqa: PLC0415 - as above

    desk, clock = Service(name="The operations centre"), SystemClock()
    wanted = actions.NewCollection(
        organisation=organisations[TOP.code],
        title=TITLE,
        description="What one organisation met, so that all others are protected from it",
        alias="shared",
    )
    made = actions.add_collection(by=desk, collection=wanted, clock=clock)
    actions.share_collection(
        by=desk, collection=made, share=actions.Share(organisation=None, read=True, write=True), clock=clock
    )
    _choose_canaries(sector, organisations)
    if sector.count(OrganisationKind.TRUST) >= _SHARERS:
        _write_policies(sector, organisations)
        _defend(sector, made)


def _choose_canaries(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Let the last Trust, and the first practice of each area, try blocks first: so some try whatever is blocked."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.protect import own_actions  # noqa: PLC0415 - as above

    practices = (
        sector.site(OrganisationKind.GP_PRACTICE, number)
        for number in range(sector.count(OrganisationKind.GP_PRACTICE))
    )
    first = {site.record.parent: site for site in reversed(list(practices))}
    trusts = sector.count(OrganisationKind.TRUST)
    for site in (*first.values(), *(sector.site(OrganisationKind.TRUST, number) for number in range(trusts)[-1:])):
        by, place = Service(name=f"The lead of {site.record.name}"), organisations[site.record.code]
        own_actions.choose_canary(by=by, organisation=place, member=True, clock=SystemClock())


def _write_policies(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Areas block for surgeries and homes what is believed well; the second Trust also less, after a look at harm."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.controls import actions as controls  # noqa: PLC0415 - as above
    from watchward.console.protect import own_actions  # noqa: PLC0415 - as above

    clock = SystemClock()
    areas = _areas(sector)
    trust = sector.site(OrganisationKind.TRUST, 1)
    for site, policy in (
        *((area, Policy(confidence=_AREAS_ASK, check_first=False)) for area in areas),
        (trust, Policy(confidence=_TRUST_ASKS)),
    ):
        by, place = Service(name=f"The lead of {site.record.name}"), organisations[site.record.code]
        own_actions.write_policy(by=by, organisation=place, policy=policy, clock=clock)
    for site in (*areas[:1], trust):
        by, place = Service(name=f"The lead of {site.record.name}"), organisations[site.record.code]
        resolver = controls.Wanted(name=f"Resolver of {site.place} (invented: it never asks)", forms=[Family.RPZ])
        controls.add_control(by=by, organisation=place, wanted=resolver, clock=clock)


def _areas(sector: Sector) -> list[Site]:
    """Every area; where there is but one, which would speak for all, a surgery and a home that speak for themselves."""
    if (count := sector.count(OrganisationKind.ICB)) > 1:
        return [sector.site(OrganisationKind.ICB, number) for number in range(count)]
    small = (OrganisationKind.GP_PRACTICE, OrganisationKind.CARE_HOME)
    return [sector.site(kind, 0) for kind in small if sector.count(kind)]


def _defend(sector: Sector, collection: "Collection") -> None:
    """Let the first two Trusts share what they met, be rated, and policies adopt it; then withdraw one thing."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.intel import queries, standings  # noqa: PLC0415 - as above
    from watchward.console.protect import adopting  # noqa: PLC0415 - as above

    first, second = (_Sharer.of(sector, number) for number in range(_SHARERS))
    mails = first.met([CORROBORATED, DOUBTED], "A macro that fetched a program", count=4)
    parcels = second.met([WITHDRAWN], "A link in a mail about a parcel", count=2)
    first.share(collection, mails)
    second.share(collection, parcels)
    second.share(collection, second.saw(CORROBORATED, mails, "A macro that fetched a program"))
    desk, clock = Service(name="The operations centre"), SystemClock()
    for sharer, (reliability, because) in zip((first, second), _RATED, strict=True):
        source = queries.sources_visible_to(desk).get(organisation__code=sharer.site.record.code)
        standings.rate_source(by=desk, source=source, reliability=reliability, because=because, clock=clock)
    # All of this is one transaction, after which the gateways are told: so policies are asked here, as they would be.
    adopting.hear(stix_ids=_indicators(mails + parcels), clock=clock)
    second.share(collection, [write.withdrawn(one, at=clock.now() + _LATER) for one in parcels if "pattern" in one])
    adopting.hear(stix_ids=_indicators(parcels), clock=clock)


_LATER: Final = timedelta(milliseconds=1)
"""The least by which a version is later than the one before."""


def _indicators(documents: "Sequence[write.Document]") -> list[str]:
    return [str(one["id"]) for one in documents if one["type"] == "indicator"]


@dataclass(frozen=True, kw_only=True)
class _Sharer:
    """A Trust that shares, by its cyber lead."""

    site: Site
    lead: "User"

    @classmethod
    def of(cls, sector: Sector, number: int) -> "_Sharer":
        """The Trust of that number."""
        from watchward.console.access import queries  # noqa: PLC0415 - the caller has made Django ready
        from watchward.console.access.guard import Service  # noqa: PLC0415 - as above

        site = sector.site(OrganisationKind.TRUST, number)
        email = next(
            one.email
            for one in staff.members(sector)
            if one.organisation == site.record.code and one.role == ORGANISATION_CYBER_LEAD
        )
        return cls(site=site, lead=queries.person_with_address(Service(name="The exercise"), email))

    def met(self, things: "Sequence[Observable]", title: str, *, count: int) -> "list[write.Document]":
        """What it says of things that it met first."""
        telling, seen = self._telling(), _seen(title, hours=26, count=count)
        return list(telling.of_things(seen, things, standing={}).documents)

    def saw(self, thing: Observable, of: "Sequence[write.Document]", title: str) -> "list[write.Document]":
        """That it saw a thing that somebody else met first."""
        indicator = next(one for one in of if one["type"] == "indicator" and thing.value in str(one["pattern"]))
        return list(self._telling().of_indicator(_seen(title, hours=3, count=1), str(indicator["id"])).documents)

    def share(self, collection: "Collection", documents: "Sequence[write.Document]") -> None:
        """Put something into the collection."""
        from watchward.console.intel import actions  # noqa: PLC0415 - the caller has made Django ready

        raw = b'{"objects":[' + b",".join(write.to_bytes(one) for one in documents) + b"]}"
        actions.add_objects(by=self.lead, collection=collection, raw=raw, clock=SystemClock())

    def _telling(self) -> Telling:
        sender = Sender(code=self.site.record.code, name=self.site.record.name)
        return Telling(sender=sender, level=Tlp.GREEN, at=SystemClock().now())


def _seen(title: str, *, hours: int, count: int) -> Seen:
    """What was seen for an hour, so many hours ago."""
    first_at = SystemClock().now() - timedelta(hours=hours)
    return Seen(title=title, first_at=first_at, last_at=first_at + timedelta(hours=1), count=count)
