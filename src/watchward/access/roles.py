"""The roles: frozen values with a key that is stored and never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from watchward.access.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A part that a person plays, held over one organisation and everything below it."""

    key: str
    title: str
    purpose: str
    grants: frozenset[Permission]


_LOOK = frozenset(
    {
        Permission.ADVISORY_VIEW,
        Permission.ALERT_VIEW,
        Permission.BLOCK_VIEW,
        Permission.CARE_VIEW,
        Permission.DEVICE_VIEW,
        Permission.HARM_VIEW,
        Permission.INCIDENT_VIEW,
        Permission.INTEL_VIEW,
        Permission.ORGANISATION_VIEW,
        Permission.RULE_VIEW,
        Permission.SOURCE_VIEW,
        Permission.CONTROL_VIEW,
    }
)
_DEFEND = _LOOK | {
    Permission.ALERT_HANDLE,
    Permission.BLOCK_DECIDE,
    Permission.BLOCK_PROPOSE,
    Permission.BLOCK_REPORT,
    Permission.BLOCK_STOP,
    Permission.DEVICE_MARK,
    Permission.HUNT_RUN,
    Permission.INCIDENT_DECLARE,
    Permission.INCIDENT_MANAGE,
    Permission.INTEL_ADD,
    Permission.ROTA_VIEW,
    Permission.RULE_TUNE,
    Permission.SCENARIO_SAVE,
    Permission.USER_VIEW,
}

ADMINISTRATOR = Role(
    key="administrator",
    title="Administrator",
    purpose="invites people, gives roles, imports organisations and looks after the node",
    grants=frozenset(
        {
            Permission.AUDIT_VIEW,
            Permission.BLOCK_STOP,
            Permission.BLOCK_VIEW,
            Permission.CARE_REFINE,
            Permission.CARE_VIEW,
            Permission.DEVICE_VIEW,
            Permission.HARM_ASSESS,
            Permission.HARM_VIEW,
            Permission.INTEL_MANAGE,
            Permission.INTEL_VIEW,
            Permission.LINK_MANAGE,
            Permission.LINK_VIEW,
            Permission.NODE_VIEW,
            Permission.ORGANISATION_IMPORT,
            Permission.ORGANISATION_VIEW,
            Permission.POST_GIVE,
            Permission.RECOVERY_APPROVE,
            Permission.ROTA_MANAGE,
            Permission.ROTA_VIEW,
            Permission.RULE_MANAGE,
            Permission.RULE_VIEW,
            Permission.SOURCE_MANAGE,
            Permission.CONTROL_MANAGE,
            Permission.SOURCE_VIEW,
            Permission.CONTROL_VIEW,
            Permission.USER_INVITE,
            Permission.USER_MANAGE,
            Permission.USER_VIEW,
        }
    ),
)
AUDITOR = Role(
    key="auditor",
    title="Auditor",
    purpose="reads everything, the audit log included, and changes nothing",
    grants=_LOOK
    | {Permission.AUDIT_VIEW, Permission.LINK_VIEW, Permission.NODE_VIEW, Permission.ROTA_VIEW, Permission.USER_VIEW},
)
BOARD_MEMBER = Role(
    key="board_member",
    title="Board member",
    purpose="sees the organisations and incidents for which the board answers, and what would hurt their patients most",
    grants=frozenset(
        {Permission.ADVISORY_VIEW, Permission.HARM_VIEW, Permission.INCIDENT_VIEW, Permission.ORGANISATION_VIEW}
    ),
)
CARE_PROVIDER_MANAGER = Role(
    key="care_provider_manager",
    title="Care provider manager",
    purpose="sees what needs attention in a care home or a practice without an IT team",
    grants=frozenset(
        {
            Permission.ADVISORY_ANSWER,
            Permission.ADVISORY_VIEW,
            Permission.ALERT_VIEW,
            Permission.BLOCK_REPORT,
            Permission.BLOCK_VIEW,
            Permission.CARE_REFINE,
            Permission.CARE_VIEW,
            Permission.DEVICE_VIEW,
            Permission.HARM_VIEW,
            Permission.INCIDENT_VIEW,
            Permission.ORGANISATION_VIEW,
            Permission.SCENARIO_SAVE,
            Permission.SOURCE_VIEW,
            Permission.CONTROL_VIEW,
        }
    ),
)
CLINICAL_SAFETY_OFFICER = Role(
    key="clinical_safety_officer",
    title="Clinical safety officer",
    purpose="judges harm to patients, and says which devices matter most to care",
    grants=frozenset(
        {
            Permission.ADVISORY_VIEW,
            Permission.ALERT_VIEW,
            Permission.BLOCK_REPORT,
            Permission.BLOCK_STOP,
            Permission.BLOCK_VIEW,
            Permission.CARE_REFINE,
            Permission.CARE_VIEW,
            Permission.DEVICE_MARK,
            Permission.DEVICE_VIEW,
            Permission.HARM_ASSESS,
            Permission.HARM_VIEW,
            Permission.INCIDENT_VIEW,
            Permission.ORGANISATION_VIEW,
            Permission.SCENARIO_SAVE,
        }
    ),
)
NATIONAL_ANALYST = Role(
    key="national_analyst",
    title="National analyst",
    purpose="watches the whole sector from the Cyber Security Operations Centre",
    grants=_DEFEND
    | {
        Permission.ADVISORY_HELP,
        Permission.ADVISORY_ISSUE,
        Permission.HUNT_ASK,
        Permission.INTEL_MANAGE,
        Permission.LINK_MANAGE,
        Permission.LINK_VIEW,
        Permission.NODE_VIEW,
        Permission.RULE_MANAGE,
    },
)
ORGANISATION_CYBER_LEAD = Role(
    key="organisation_cyber_lead",
    title="Organisation cyber lead",
    purpose="defends one organisation: its alerts, incidents, sources and rota",
    grants=_DEFEND
    | {
        Permission.ADVISORY_ANSWER,
        Permission.AUDIT_VIEW,
        Permission.CARE_REFINE,
        Permission.HARM_ASSESS,
        Permission.HUNT_ANSWER,
        Permission.INTEL_MANAGE,
        Permission.LINK_VIEW,
        Permission.RECOVERY_APPROVE,
        Permission.ROTA_MANAGE,
        Permission.RULE_MANAGE,
        Permission.SOURCE_MANAGE,
        Permission.CONTROL_MANAGE,
    },
)
REGIONAL_LEAD = Role(
    key="regional_lead",
    title="Regional lead",
    purpose="helps the organisations of a region or an integrated care board",
    grants=_DEFEND
    | {
        Permission.ADVISORY_ANSWER_FOR,
        Permission.ADVISORY_HELP,
        Permission.ADVISORY_ISSUE,
        Permission.AUDIT_VIEW,
        Permission.HUNT_ASK,
        Permission.INTEL_MANAGE,
        Permission.LINK_MANAGE,
        Permission.LINK_VIEW,
        Permission.RECOVERY_APPROVE,
    },
)

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.key: role
        for role in (
            NATIONAL_ANALYST,
            REGIONAL_LEAD,
            ORGANISATION_CYBER_LEAD,
            CARE_PROVIDER_MANAGER,
            BOARD_MEMBER,
            CLINICAL_SAFETY_OFFICER,
            AUDITOR,
            ADMINISTRATOR,
        )
    }
)
"""Every role by its key, from the widest view to the one that serves the others."""


def roles_granting(permission: Permission) -> frozenset[str]:
    """The keys of the roles that grant a permission.

    >>> sorted(roles_granting(Permission.USER_INVITE))
    ['administrator']

    """
    return frozenset(key for key, role in ROLES.items() if permission in role.grants)
