"""The menu: what each person may open, in the order in which it matters."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from watchward.access.permissions import Permission
from watchward.console.access.guard import permissions_anywhere, permissions_over_the_node
from watchward.console.access.models import User

_KEPT = "menu_of_whoever_is_looking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the menu.

    Args:
        text: what it says.
        route: the name of the page's URL.
        needs: the permission without which it is not shown.
        whole_node: the permission has to be held over the whole node.

    """

    text: str
    route: str
    needs: Permission
    whole_node: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What belongs together and has one entry of the menu.

    Args:
        text: what it says.
        entries: its pages, in the order in which they are opened; its entry leads to the first that one may open.

    """

    text: str
    entries: tuple[Entry, ...]


def _alone(text: str, route: str, needs: Permission) -> Family:
    return Family(text=text, entries=(Entry(text=text, route=route, needs=needs),))


MENU: tuple[Family, ...] = (
    _alone("Alerts", "alerts", Permission.ALERT_VIEW),
    _alone("Overview", "overview", Permission.ORGANISATION_VIEW),
    _alone("High severity alerts", "advisories", Permission.ADVISORY_VIEW),
    _alone("Incidents", "incidents", Permission.INCIDENT_VIEW),
    _alone("Patient harm", "harm", Permission.HARM_VIEW),
    Family(
        text="Protection",
        entries=(
            Entry(text="Blocks", route="blocks", needs=Permission.BLOCK_VIEW),
            Entry(text="Controls", route="controls", needs=Permission.CONTROL_VIEW),
        ),
    ),
    Family(
        text="Intelligence",
        entries=(
            Entry(text="Sources and collections", route="intelligence", needs=Permission.INTEL_VIEW),
            Entry(text="Find an indicator", route="intel-objects", needs=Permission.INTEL_VIEW),
            Entry(text="Sharing groups", route="intel-groups", needs=Permission.INTEL_VIEW),
        ),
    ),
    Family(
        text="Hunt",
        entries=(
            Entry(text="Events of this node", route="hunt", needs=Permission.HUNT_RUN),
            Entry(text="Hunts across organisations", route="hunts", needs=Permission.HUNT_RUN),
        ),
    ),
    Family(
        text="Rules",
        entries=(
            Entry(text="Rules", route="rules", needs=Permission.RULE_VIEW),
            Entry(text="Coverage", route="coverage", needs=Permission.RULE_VIEW),
            Entry(text="Normal here", route="normals", needs=Permission.RULE_TUNE),
        ),
    ),
    Family(
        text="Organisations",
        entries=(
            Entry(text="Organisations", route="organisations", needs=Permission.ORGANISATION_VIEW),
            Entry(text="Devices", route="devices", needs=Permission.DEVICE_VIEW),
            Entry(text="What sends events", route="sources", needs=Permission.SOURCE_VIEW),
        ),
    ),
    Family(
        text="This node",
        entries=(
            Entry(text="People", route="people", needs=Permission.USER_VIEW),
            Entry(text="Links", route="links", needs=Permission.LINK_VIEW),
            Entry(text="Audit", route="audit", needs=Permission.AUDIT_VIEW),
            Entry(text="Node", route="node", needs=Permission.NODE_VIEW, whole_node=True),
        ),
    ),
)
"""What needs somebody now comes first; then what protects; then what is watched; then who looks after the node."""

WAYS: tuple[Entry, ...] = (
    Entry(text="What hurts most", route="harm", needs=Permission.HARM_VIEW),
    Entry(text="What if", route="harm-what-if", needs=Permission.HARM_VIEW),
    Entry(text="Saved what-ifs", route="harm-scenarios", needs=Permission.HARM_VIEW),
    Entry(text="What moves an answer", route="harm-sensitivity", needs=Permission.HARM_VIEW),
    Entry(text="The numbers behind it", route="harm-parameters", needs=Permission.HARM_VIEW),
    Entry(text="How well it predicts", route="harm-validation", needs=Permission.HARM_VIEW),
    Entry(text="Maps of care", route="care_coverage", needs=Permission.CARE_VIEW),
    Entry(text="Suppliers", route="suppliers", needs=Permission.CARE_VIEW),
)
"""The pages of patient harm, as ways from each to the others."""


def ways_for(request: HttpRequest) -> list[Entry]:
    """The pages of patient harm that whoever is looking may open."""
    if not isinstance(request.user, User):
        return []
    held = permissions_anywhere(request.user)
    return [entry for entry in WAYS if entry.needs in held]


def navigation_for(request: HttpRequest) -> list[dict[str, object]]:
    """The menu for whoever is looking, as the NHS header wants it."""
    if not isinstance(request.user, User):
        return []
    families = _open_families(request, request.user)
    here = _here(request, [one for several in families for one in several])
    return [
        {"text": one.text, "href": reverse(several[0].route), "current": here in several}
        for one, several in zip(MENU, families, strict=True)
        if several
    ]


def beside(request: HttpRequest) -> list[dict[str, object]]:
    """The pages that belong with the one that is shown, it included; none where it stands alone.

    A page below one of them, such as one alert's, leads back by itself.
    """
    if not isinstance(request.user, User):
        return []
    for several in _open_families(request, request.user):
        if len(several) > 1 and request.path in [reverse(one.route) for one in several]:
            here = _here(request, several)
            return [{"text": one.text, "href": reverse(one.route), "current": one is here} for one in several]
    return []


def _open_families(request: HttpRequest, user: User) -> list[list[Entry]]:
    """Of each entry of the menu, the pages that somebody may open; worked out once for a page."""
    kept: list[list[Entry]] | None = vars(request).get(_KEPT)
    if kept is None:
        held, everywhere = permissions_anywhere(user), permissions_over_the_node(user)
        kept = [
            [one for one in family.entries if one.needs in (everywhere if one.whole_node else held)] for family in MENU
        ]
        vars(request)[_KEPT] = kept
    return kept


def _here(request: HttpRequest, entries: list[Entry]) -> Entry | None:
    """The entry to which the page that is shown belongs: the longest address that its own begins with."""
    found = [one for one in entries if request.path.startswith(reverse(one.route))]
    return max(found, key=lambda one: len(reverse(one.route)), default=None)
