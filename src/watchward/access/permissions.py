"""What a person may be allowed to do: `thing.verb`, in alphabetical order.

A permission never changes its key. Each has a line in `docs/reference/permissions.md`, and a test says so.
"""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may grant, over an organisation and everything below it."""

    ALERT_HANDLE = "alert.handle"
    ALERT_VIEW = "alert.view"
    AUDIT_VIEW = "audit.view"
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
    RULE_VIEW = "rule.view"
    SOURCE_MANAGE = "source.manage"
    SOURCE_VIEW = "source.view"
    USER_INVITE = "user.invite"
    USER_MANAGE = "user.manage"
    USER_VIEW = "user.view"
