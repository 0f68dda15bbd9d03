"""The menu: what each person may open, in the order in which it matters."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from watchward.access.permissions import Permission
from watchward.console.access.guard import permissions_anywhere, permissions_over_the_node
from watchward.console.access.models import User


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


MENU: tuple[Entry, ...] = (
    Entry(text="Alerts", route="alerts", needs=Permission.ALERT_VIEW),
    Entry(text="Overview", route="overview", needs=Permission.ORGANISATION_VIEW),
    Entry(text="High severity alerts", route="advisories", needs=Permission.ADVISORY_VIEW),
    Entry(text="Patient harm", route="harm", needs=Permission.HARM_VIEW),
    Entry(text="Incidents", route="incidents", needs=Permission.INCIDENT_VIEW),
    Entry(text="Organisations", route="organisations", needs=Permission.ORGANISATION_VIEW),
    Entry(text="Devices", route="devices", needs=Permission.DEVICE_VIEW),
    Entry(text="Sources", route="sources", needs=Permission.SOURCE_VIEW),
    Entry(text="Coverage", route="coverage", needs=Permission.RULE_VIEW),
    Entry(text="Rules", route="rules", needs=Permission.RULE_VIEW),
    Entry(text="Normal here", route="normals", needs=Permission.RULE_TUNE),
    Entry(text="Intelligence", route="intelligence", needs=Permission.INTEL_VIEW),
    Entry(text="Blocks", route="blocks", needs=Permission.BLOCK_VIEW),
    Entry(text="Controls", route="controls", needs=Permission.CONTROL_VIEW),
    Entry(text="Hunt", route="hunt", needs=Permission.HUNT_RUN),
    Entry(text="Links", route="links", needs=Permission.LINK_VIEW),
    Entry(text="People", route="people", needs=Permission.USER_VIEW),
    Entry(text="Audit", route="audit", needs=Permission.AUDIT_VIEW),
    Entry(text="Node", route="node", needs=Permission.NODE_VIEW, whole_node=True),
)

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
    held = permissions_anywhere(request.user)
    everywhere = permissions_over_the_node(request.user)
    return [
        {"text": entry.text, "href": href, "current": request.path.startswith(href)}
        for entry in MENU
        if entry.needs in (everywhere if entry.whole_node else held) and (href := reverse(entry.route))
    ]
