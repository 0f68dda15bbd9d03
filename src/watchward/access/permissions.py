"""What a person may be allowed to do: `thing.verb`, in alphabetical order.

A permission never changes its key. Each has a line in `docs/reference/permissions.md`, and a test says so.
"""

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing that a role may grant, over an organisation and everything below it."""

    ADVISORY_ANSWER = "advisory.answer"
    ADVISORY_ANSWER_FOR = "advisory.answer_for"
    ADVISORY_HELP = "advisory.help"
    ADVISORY_ISSUE = "advisory.issue"
    ADVISORY_VIEW = "advisory.view"
    ALERT_HANDLE = "alert.handle"
    ALERT_VIEW = "alert.view"
    AUDIT_VIEW = "audit.view"
    BLOCK_DECIDE = "block.decide"
    BLOCK_PROPOSE = "block.propose"
    BLOCK_REPORT = "block.report"
    BLOCK_STOP = "block.stop"
    BLOCK_VIEW = "block.view"
    CARE_REFINE = "care.refine"
    CARE_VIEW = "care.view"
    CONTROL_MANAGE = "control.manage"
    CONTROL_VIEW = "control.view"
    DEVICE_MARK = "device.mark"
    DEVICE_VIEW = "device.view"
    HARM_ASSESS = "harm.assess"
    HARM_VIEW = "harm.view"
    HUNT_ANSWER = "hunt.answer"
    HUNT_ASK = "hunt.ask"
    HUNT_RUN = "hunt.run"
    INCIDENT_DECLARE = "incident.declare"
    INCIDENT_MANAGE = "incident.manage"
    INCIDENT_VIEW = "incident.view"
    INTEL_ADD = "intel.add"
    INTEL_MANAGE = "intel.manage"
    INTEL_VIEW = "intel.view"
    LINK_MANAGE = "link.manage"
    LINK_VIEW = "link.view"
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
    SCENARIO_SAVE = "scenario.save"
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
    Permission.ADVISORY_ANSWER: "answer high severity alerts for one's own organisation",
    Permission.ADVISORY_ANSWER_FOR: "answer high severity alerts for small organisations that have not done so",
    Permission.ADVISORY_HELP: "offer organisations help with high severity alerts",
    Permission.ADVISORY_ISSUE: "issue high severity alerts, correct them and withdraw them",
    Permission.ADVISORY_VIEW: "see high severity alerts, and what organisations answer",
    Permission.ALERT_HANDLE: "acknowledge, assign, close and reopen alerts",
    Permission.ALERT_VIEW: "see alerts and what they are made of",
    Permission.AUDIT_VIEW: "read the audit log",
    Permission.BLOCK_DECIDE: "agree to blocks, and say what is excepted, adopted and tried first",
    Permission.BLOCK_PROPOSE: "propose blocks, and have their harm checked",
    Permission.BLOCK_REPORT: "say that care is failing because of a block",
    Permission.BLOCK_STOP: "lift blocks, and throw the switch that lifts them all",
    Permission.BLOCK_VIEW: "see what is blocked, and why",
    Permission.CARE_REFINE: "say what care an organisation gives, and what that needs",
    Permission.CARE_VIEW: "see what care organisations give, and what that needs",
    Permission.CONTROL_MANAGE: "let resolvers, firewalls and proxies read the protective lists, and make their keys",
    Permission.CONTROL_VIEW: "see what reads the protective lists, and which has read the newest",
    Permission.DEVICE_MARK: "say how much a device matters to care",
    Permission.DEVICE_VIEW: "see devices",
    Permission.HARM_ASSESS: "put figures of one's own in the place of the numbers behind harm",
    Permission.HARM_VIEW: "see what would hurt patients most: rankings, what-ifs, papers, and how well they predict",
    Permission.HUNT_ANSWER: "answer questions of other nodes to the events of an organisation",
    Permission.HUNT_ASK: "ask organisations what their events hold, at other nodes too",
    Permission.HUNT_RUN: "search the kept events with SQL",
    Permission.INCIDENT_DECLARE: "make an incident of alerts",
    Permission.INCIDENT_MANAGE: "change incidents: people, notes and state",
    Permission.INCIDENT_VIEW: "see incidents",
    Permission.INTEL_ADD: "add intelligence to collections, and take it out",
    Permission.INTEL_MANAGE: "make collections of intelligence, their sources, and keys for TAXII",
    Permission.INTEL_VIEW: "see intelligence that may be shared with them",
    Permission.LINK_MANAGE: "link this node with others, say what is let out to them, and withdraw what they sent",
    Permission.LINK_VIEW: "see the links to other nodes, and what left and came by them",
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
    Permission.SCENARIO_SAVE: "save what-ifs about patient harm, and rename and delete them",
    Permission.SOURCE_MANAGE: "add sources, and make and withdraw their keys",
    Permission.SOURCE_VIEW: "see sources",
    Permission.USER_INVITE: "invite people, and make links for new passwords",
    Permission.USER_MANAGE: "disable and enable accounts",
    Permission.USER_VIEW: "see people and their roles",
}
