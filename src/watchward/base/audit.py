"""What was done has a fixed vocabulary: `subject.past_tense`, with the sentence in which the audit page tells it.

Members are in alphabetical order. Add, never reword: entries are kept for years, and outlive what they are about.
Each member has a line in `docs/reference/audit.md`, and a test says so.
"""

from collections.abc import Mapping
from enum import StrEnum


class AuditEvent(StrEnum):
    """Everything that is recorded."""

    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_ASSIGNED = "alert.assigned"
    ALERT_CLOSED = "alert.closed"
    ALERT_NOTED = "alert.noted"
    ALERT_REOPENED = "alert.reopened"
    ALERT_REPORTED = "alert.reported"
    AUTHENTICATOR_ADDED = "authenticator.added"
    AUTHENTICATOR_REMOVED = "authenticator.removed"
    CARE_ARRANGED = "care.arranged"
    CARE_CONFIRMED = "care.confirmed"
    CARE_IMPORTED = "care.imported"
    CARE_REFINED = "care.refined"
    CARE_REMOVED = "care.removed"
    CONTACT_ADDED = "contact.added"
    CONTACT_REMOVED = "contact.removed"
    CONTACT_TRIED = "contact.tried"
    DEVICE_MARKED = "device.marked"
    FILTER_ENDED = "filter.ended"
    FILTER_MADE = "filter.made"
    FILTER_MADE_IN_SPITE = "filter.made_in_spite"
    HUNT_FORGOTTEN = "hunt.forgotten"
    HUNT_RUN = "hunt.run"
    HUNT_SAVED = "hunt.saved"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_JOINED = "incident.joined"
    INCIDENT_NOTED = "incident.noted"
    INCIDENT_OPENED = "incident.opened"
    INVITATION_SENT = "invitation.sent"
    LINK_MADE = "link.made"
    LINK_USED = "link.used"
    LOOK_BACK_ASKED = "look_back.asked"
    LOOK_BACK_CANCELLED = "look_back.cancelled"
    ORGANISATIONS_IMPORTED = "organisations.imported"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an event
    POST_GIVEN = "post.given"
    POST_WITHDRAWN = "post.withdrawn"
    RECOVERY_APPROVED = "recovery.approved"
    RECOVERY_ASKED = "recovery.asked"
    ROTA_CHANGED = "rota.changed"
    RULES_DROPPED = "rules.dropped"
    RULES_IMPORTED = "rules.imported"
    RULES_RESTORED = "rules.restored"
    RULE_OFF = "rule.switched_off"
    RULE_PROMOTED = "rule.promoted"
    RULE_TRIED = "rule.tried"
    SESSION_BEGUN = "session.begun"
    SESSION_REFUSED = "session.refused"
    SOURCE_ADDED = "source.added"
    SOURCE_DISABLED = "source.disabled"
    SOURCE_ENABLED = "source.enabled"
    SOURCE_KEY_WITHDRAWN = "source.key_withdrawn"
    SOURCE_LATENESS_SET = "source.lateness_set"
    SOURCE_ROTATED = "source.rotated"
    TOKEN_MADE = "token.made"  # noqa: S105 - the name of an event
    TOKEN_WITHDRAWN = "token.withdrawn"  # noqa: S105 - the name of an event
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"


SENTENCES: dict[AuditEvent, str] = {
    AuditEvent.ALERT_ACKNOWLEDGED: "{by} acknowledged the alert “{rule}”",
    AuditEvent.ALERT_ASSIGNED: "{by} gave the alert “{rule}” to {assignee}",
    AuditEvent.ALERT_CLOSED: "{by} closed the alert “{rule}” ({reason})",
    AuditEvent.ALERT_NOTED: "{by} wrote a note about the alert “{rule}”",
    AuditEvent.ALERT_REOPENED: "{by} opened the alert “{rule}” again",
    AuditEvent.ALERT_REPORTED: "{by} reported something odd at {organisation}",
    AuditEvent.AUTHENTICATOR_ADDED: "{by} added {kind} to their own account",
    AuditEvent.AUTHENTICATOR_REMOVED: "{by} removed {kind} from their own account",
    AuditEvent.CARE_ARRANGED: (
        "{by} said what is known of the size and the suppliers of {count} organisations: {reason}"
    ),
    AuditEvent.CARE_CONFIRMED: "{by} confirmed what care {organisation} gives and what it needs: {reason}",
    AuditEvent.CARE_IMPORTED: (
        "{by} brought in what care {organisation} gives and what it needs ({added} added, "
        "{changed} changed, {removed} removed): {reason}"
    ),
    AuditEvent.CARE_REFINED: "{by} said what {subject} is to care: {reason}",
    AuditEvent.CARE_REMOVED: "{by} took {subject} out of the map of care: {reason}",
    AuditEvent.CONTACT_ADDED: "{by} added {subject} ({channel}) to the people who are told",
    AuditEvent.CONTACT_REMOVED: "{by} removed {subject} from the people who are told",
    AuditEvent.CONTACT_TRIED: "{by} sent {subject} a trial notice",
    AuditEvent.DEVICE_MARKED: "{by} marked {subject} as {importance}: {reason}",
    AuditEvent.FILTER_ENDED: "{by} ended what was normal for the rule “{rule}”: {reason}",
    AuditEvent.FILTER_MADE: "{by} said what is normal for the rule “{rule}” until {until}: {reason}",
    AuditEvent.FILTER_MADE_IN_SPITE: "{by} let a filter hide what {count} true attacks showed to “{rule}”: {reason}",
    AuditEvent.HUNT_FORGOTTEN: "{by} threw away the saved hunt {subject}",
    AuditEvent.HUNT_RUN: "{by} asked the events: {sql} (because: {purpose})",
    AuditEvent.HUNT_SAVED: "{by} saved the hunt {subject}",
    AuditEvent.INCIDENT_CHANGED: "{by} changed the incident {subject}: {change}",
    AuditEvent.INCIDENT_JOINED: "{by} joined {count} alerts to the incident {subject}",
    AuditEvent.INCIDENT_NOTED: "{by} added a note to the incident {subject}",
    AuditEvent.INCIDENT_OPENED: "{by} opened the incident {subject} with severity {severity}",
    AuditEvent.INVITATION_SENT: "{by} invited {subject}",
    AuditEvent.LINK_MADE: "{by} made a one-time link for {subject}",
    AuditEvent.LINK_USED: "{by} used the one-time link that {maker} had made",
    AuditEvent.LOOK_BACK_ASKED: "{by} let the rule {subject} look back over {days} days",
    AuditEvent.LOOK_BACK_CANCELLED: "{by} cancelled the look back of {subject}",
    AuditEvent.ORGANISATIONS_IMPORTED: "{by} imported {count} organisations",
    AuditEvent.PASSWORD_CHANGED: "{by} changed their own password",
    AuditEvent.POST_GIVEN: "{by} gave {subject} the role {role}",
    AuditEvent.POST_WITHDRAWN: "{by} withdrew the role {role} from {subject}",
    AuditEvent.RECOVERY_APPROVED: "{by} confirmed that {subject} lost their authenticator, and removed it",
    AuditEvent.RECOVERY_ASKED: "{by} asked for help with a lost authenticator",
    AuditEvent.ROTA_CHANGED: "{by} changed the {subject}: {change}",
    AuditEvent.RULES_DROPPED: "{by} brought in {subject} {version}, which no longer has {rules} of the rules before",
    AuditEvent.RULES_IMPORTED: "{by} brought in {subject} {version}: {rules} rules, {trial} of them on trial",
    AuditEvent.RULES_RESTORED: "{by} brought back {subject} {version}",
    AuditEvent.RULE_OFF: "{by} switched the rule “{rule}” off: {reason}",
    AuditEvent.RULE_PROMOTED: "{by} put the rule “{rule}” in force: {reason}",
    AuditEvent.RULE_TRIED: "{by} put the rule “{rule}” on trial: {reason}",
    AuditEvent.SESSION_BEGUN: "{by} signed in",
    AuditEvent.SESSION_REFUSED: "someone tried to sign in as {subject} and was refused",
    AuditEvent.SOURCE_ADDED: "{by} added the source {subject} ({shipper})",
    AuditEvent.SOURCE_DISABLED: "{by} disabled the source {subject}",
    AuditEvent.SOURCE_ENABLED: "{by} enabled the source {subject}",
    AuditEvent.SOURCE_KEY_WITHDRAWN: "{by} withdrew a key of the source {subject}",
    AuditEvent.SOURCE_LATENESS_SET: "{by} set how late events of the source {subject} may come: {lateness}",
    AuditEvent.SOURCE_ROTATED: "{by} gave the source {subject} a further key",
    AuditEvent.TOKEN_MADE: "{by} made the token {subject} for {days} days",
    AuditEvent.TOKEN_WITHDRAWN: "{by} withdrew the token {subject}",
    AuditEvent.USER_DISABLED: "{by} disabled the account of {subject}",
    AuditEvent.USER_ENABLED: "{by} enabled the account of {subject}",
}
"""How each event reads. `{by}`, `{subject}` and `{organisation}` are names; any other brace is one of the details."""


def told(event: str, *, names: Mapping[str, str], details: Mapping[str, object]) -> str:
    """An entry as a sentence.

    Args:
        event: what was done; one that this version does not know is told by its key.
        names: who did it (`by`), to what (`subject`), and where (`organisation`).
        details: what else was recorded.

    >>> told("user.disabled", names={"by": "Ada", "subject": "Bob"}, details={})
    'Ada disabled the account of Bob.'

    """
    try:
        sentence = SENTENCES[AuditEvent(event)].format_map({**details, **names})
    except (ValueError, KeyError):
        sentence = f"{names.get('by', 'someone')}: {event} ({names.get('subject', '')})"
    return f"{sentence[:1].upper()}{sentence[1:]}."
