"""What a person may be allowed to do: `thing.verb`, in alphabetical order.

A permission never changes its key. Each has a line in `docs/reference/permissions.md`, and a test says so.
"""

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing that a role may grant, over an organisation and everything below it."""

    ALERT_HANDLE = "alert.handle"
    ALERT_VIEW = "alert.view"
    AUDIT_VIEW = "audit.view"
    CARE_REFINE = "care.refine"
    CARE_VIEW = "care.view"
    DEVICE_MARK = "device.mark"
    DEVICE_VIEW = "device.view"
    HUNT_RUN = "hunt.run"
    INCIDENT_DECLARE = "incident.declare"
    INCIDENT_MANAGE = "incident.manage"
    INCIDENT_VIEW = "incident.view"
    NODE_VIEW = "node.view"
    ORGANISATION_IMPORT = "organisation.import"
    ORGANISATION_VIEW = "organisation.view"
    POST_GIVE = "post.give"
    RECOVERY_APPROVE = "recovery.approve"
    ROTA_MANAGE = "rota.manage"
    ROTA_VIEW = "rota.view"
    RULE_MANAGE = "rule.manage"
    RULE_TUNE = "rule.tune"
    RULE_VIEW = "rule.view"
    SOURCE_MANAGE = "source.manage"
    SOURCE_VIEW = "source.view"
    USER_INVITE = "user.invite"
    USER_MANAGE = "user.manage"
    USER_VIEW = "user.view"

    @property
    def meaning(self) -> str:
        """What it allows, as it follows on "you may"."""
        return _MEANING[self]


_MEANING: Final = {
    Permission.ALERT_HANDLE: "acknowledge, assign, close and reopen alerts",
    Permission.ALERT_VIEW: "see alerts and what they are made of",
    Permission.AUDIT_VIEW: "read the audit log",
    Permission.CARE_REFINE: "say what care an organisation gives, and what that needs",
    Permission.CARE_VIEW: "see what care organisations give, and what that needs",
    Permission.DEVICE_MARK: "say how much a device matters to care",
    Permission.DEVICE_VIEW: "see devices",
    Permission.HUNT_RUN: "search the kept events with SQL",
    Permission.INCIDENT_DECLARE: "make an incident of alerts",
    Permission.INCIDENT_MANAGE: "change incidents: people, notes and state",
    Permission.INCIDENT_VIEW: "see incidents",
    Permission.NODE_VIEW: "see the health of the node",
    Permission.ORGANISATION_IMPORT: "import organisations from the register",
    Permission.ORGANISATION_VIEW: "see organisations, and how many alerts wait there",
    Permission.POST_GIVE: "give and withdraw roles",
    Permission.RECOVERY_APPROVE: "confirm, as a second person, that a colleague lost their authenticator",
    Permission.ROTA_MANAGE: "say who is told of alerts, and when",
    Permission.ROTA_VIEW: "see who is told of alerts",
    Permission.RULE_MANAGE: "bring in rules, promote them, put them on trial and switch them off",
    Permission.RULE_TUNE: "say what is normal, so that it raises no alerts",
    Permission.RULE_VIEW: "see detection rules",
    Permission.SOURCE_MANAGE: "add sources, and make and withdraw their keys",
    Permission.SOURCE_VIEW: "see sources",
    Permission.USER_INVITE: "invite people, and make links for new passwords",
    Permission.USER_MANAGE: "disable and enable accounts",
    Permission.USER_VIEW: "see people and their roles",
}
