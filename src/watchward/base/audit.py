"""What was done has a fixed vocabulary: `subject.past_tense`, with the sentence in which the audit page tells it.

Members are in alphabetical order. Add, never reword: entries are kept for years, and outlive what they are about.
Each member has a line in `docs/reference/audit.md`, and a test says so.
"""

from collections.abc import Mapping
from enum import StrEnum


class AuditEvent(StrEnum):
    """Everything that is recorded."""

    ADVISORY_ANSWERED = "advisory.answered"
    ADVISORY_ANSWERED_FOR = "advisory.answered_for"
    ADVISORY_CORRECTED = "advisory.corrected"
    ADVISORY_DISCARDED = "advisory.discarded"
    ADVISORY_DRAFTED = "advisory.drafted"
    ADVISORY_HELP_OFFERED = "advisory.help_offered"
    ADVISORY_ISSUED = "advisory.issued"
    ADVISORY_WITHDRAWN = "advisory.withdrawn"
    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_ASSIGNED = "alert.assigned"
    ALERT_CLOSED = "alert.closed"
    ALERT_NOTED = "alert.noted"
    ALERT_REOPENED = "alert.reopened"
    ALERT_REPORTED = "alert.reported"
    AUTHENTICATOR_ADDED = "authenticator.added"
    AUTHENTICATOR_REMOVED = "authenticator.removed"
    BLOCK_ADOPTED = "block.adopted"
    BLOCK_AGREED = "block.agreed"
    BLOCK_CANARY_JOINED = "block.canary_joined"
    BLOCK_CANARY_LEFT = "block.canary_left"
    BLOCK_CHECK_ASKED = "block.check_asked"
    BLOCK_EMERGENCY = "block.emergency"
    BLOCK_END_CHANGED = "block.end_changed"
    BLOCK_ENFORCED = "block.enforced"
    BLOCK_EXCEPTED = "block.excepted"
    BLOCK_EXCEPTION_ENDED = "block.exception_ended"
    BLOCK_FAILING = "block.failing"
    BLOCK_KEPT = "block.kept"
    BLOCK_LEFT_STANDING = "block.left_standing"
    BLOCK_LIFTED = "block.lifted"
    BLOCK_POLICY_WRITTEN = "block.policy_written"
    BLOCK_PROPOSED = "block.proposed"
    BLOCK_SWITCH_THROWN = "block.switch_thrown"
    BLOCK_SWITCH_TURNED_BACK = "block.switch_turned_back"
    BLOCK_WITHDRAWN = "block.withdrawn"
    CARE_ARRANGED = "care.arranged"
    CARE_CONFIRMED = "care.confirmed"
    CARE_IMPORTED = "care.imported"
    CARE_QUESTION_ASKED_AGAIN = "care.question_asked_again"
    CARE_QUESTION_PASSED = "care.question_passed"
    CARE_REFINED = "care.refined"
    CARE_REMOVED = "care.removed"
    CARE_SUPPLIER_ADDED = "care.supplier_added"
    CARE_SUPPLIER_REMOVED = "care.supplier_removed"
    CARE_SUPPLIER_RENAMED = "care.supplier_renamed"
    CARE_SUPPLIER_RESTORED = "care.supplier_restored"
    CARE_UNDONE = "care.undone"
    CONTACT_ADDED = "contact.added"
    CONTACT_REMOVED = "contact.removed"
    CONTACT_TRIED = "contact.tried"
    CONTROL_ADDED = "control.added"
    CONTROL_DISABLED = "control.disabled"
    CONTROL_ENABLED = "control.enabled"
    CONTROL_RENEWED = "control.renewed"
    DEVICE_MARKED = "device.marked"
    FILTER_ENDED = "filter.ended"
    FILTER_MADE = "filter.made"
    FILTER_MADE_IN_SPITE = "filter.made_in_spite"
    HARM_NUMBER_ENDED = "harm.number_ended"
    HARM_NUMBER_SAID = "harm.number_said"
    HUNT_FORGOTTEN = "hunt.forgotten"
    HUNT_RUN = "hunt.run"
    HUNT_SAVED = "hunt.saved"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_JOINED = "incident.joined"
    INCIDENT_NOTED = "incident.noted"
    INCIDENT_OPENED = "incident.opened"
    INTEL_ADDED = "intel.added"
    INTEL_ALERT_SHARED = "intel.alert_shared"
    INTEL_ALERT_WITHDRAWN = "intel.alert_withdrawn"
    INTEL_CLIENT_MADE = "intel.client_made"
    INTEL_CLIENT_WITHDRAWN = "intel.client_withdrawn"
    INTEL_COLLECTION_MADE = "intel.collection_made"
    INTEL_COLLECTION_RESTORED = "intel.collection_restored"
    INTEL_COLLECTION_RETIRED = "intel.collection_retired"
    INTEL_GROUP_CHANGED = "intel.group_changed"
    INTEL_REMOVED = "intel.removed"
    INTEL_SHARED = "intel.shared"
    INTEL_SOURCE_ADDED = "intel.source_added"
    INTEL_SOURCE_BELIEVED = "intel.source_believed"
    INTEL_SOURCE_DISABLED = "intel.source_disabled"
    INTEL_SOURCE_ENABLED = "intel.source_enabled"
    INTEL_SOURCE_RATED = "intel.source_rated"
    INTEL_SOURCE_TRIED = "intel.source_tried"
    INTEL_SOURCE_WITHDRAWN = "intel.source_withdrawn"
    INVITATION_SENT = "invitation.sent"
    LINK_MADE = "link.made"
    LINK_USED = "link.used"
    LOOK_BACK_ASKED = "look_back.asked"
    LOOK_BACK_CANCELLED = "look_back.cancelled"
    ORGANISATIONS_IMPORTED = "organisations.imported"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an event
    PEER_ANEW = "peer.asked_anew"
    PEER_CODE_WITHDRAWN = "peer.code_withdrawn"
    PEER_ENDED = "peer.ended"
    PEER_INVITED = "peer.invited"
    PEER_JOINED = "peer.joined"
    PEER_KEY_CHANGED = "peer.key_changed"
    PEER_LIMITED = "peer.limited"
    PEER_POLICY_SET = "peer.policy_set"
    PEER_TOLD_ALL = "peer.told_all"
    PEER_WITHDRAWN = "peer.withdrawn"
    POST_GIVEN = "post.given"
    POST_WITHDRAWN = "post.withdrawn"
    QUESTION_ALLOWED = "question.allowed"
    QUESTION_ASKED = "question.asked"
    QUESTION_CAME = "question.came"
    QUESTION_MARKED = "question.marked"
    QUESTION_NAMES_SEEN = "question.names_seen"
    QUESTION_POLICY_SET = "question.policy_set"
    QUESTION_REFUSED = "question.refused"
    QUESTION_ROWS_GIVEN = "question.rows_given"
    QUESTION_WITHDRAWN = "question.withdrawn"
    RECOVERY_APPROVED = "recovery.approved"
    RECOVERY_ASKED = "recovery.asked"
    ROTA_CHANGED = "rota.changed"
    RULES_DROPPED = "rules.dropped"
    RULES_IMPORTED = "rules.imported"
    RULES_RESTORED = "rules.restored"
    RULE_OFF = "rule.switched_off"
    RULE_PROMOTED = "rule.promoted"
    RULE_TRIED = "rule.tried"
    SCENARIO_CHANGED = "scenario.changed"
    SCENARIO_DELETED = "scenario.deleted"
    SCENARIO_SAVED = "scenario.saved"
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
    AuditEvent.ADVISORY_ANSWERED: "{by} answered the high severity alert {subject}: {said}",
    AuditEvent.ADVISORY_ANSWERED_FOR: "{by} answered the high severity alert {subject} for them: {said}",
    AuditEvent.ADVISORY_CORRECTED: "{by} corrected the high severity alert {subject} ({reason}), asking {asked} anew",
    AuditEvent.ADVISORY_DISCARDED: "{by} threw away the draft of the high severity alert {subject}",
    AuditEvent.ADVISORY_DRAFTED: "{by} drafted the high severity alert {subject}",
    AuditEvent.ADVISORY_HELP_OFFERED: "{by} offered help with the high severity alert {subject}",
    AuditEvent.ADVISORY_ISSUED: "{by} issued the high severity alert {subject}, which asks {asked} organisations",
    AuditEvent.ADVISORY_WITHDRAWN: "{by} withdrew the high severity alert {subject}: {reason}",
    AuditEvent.ALERT_ACKNOWLEDGED: "{by} acknowledged the alert “{rule}”",
    AuditEvent.ALERT_ASSIGNED: "{by} gave the alert “{rule}” to {assignee}",
    AuditEvent.ALERT_CLOSED: "{by} closed the alert “{rule}” ({reason})",
    AuditEvent.ALERT_NOTED: "{by} wrote a note about the alert “{rule}”",
    AuditEvent.ALERT_REOPENED: "{by} opened the alert “{rule}” again",
    AuditEvent.ALERT_REPORTED: "{by} reported something odd at {organisation}",
    AuditEvent.AUTHENTICATOR_ADDED: "{by} added {kind} to their own account",
    AuditEvent.AUTHENTICATOR_REMOVED: "{by} removed {kind} from their own account",
    AuditEvent.BLOCK_ADOPTED: "{by} put the block of {subject} in force at {organisation}: {why}",
    AuditEvent.BLOCK_AGREED: "{by} agreed to the block of {subject}: {step}",
    AuditEvent.BLOCK_CANARY_JOINED: "{by} let {subject} try blocks before others",
    AuditEvent.BLOCK_CANARY_LEFT: "{by} no longer lets {subject} try blocks before others",
    AuditEvent.BLOCK_CHECK_ASKED: "{by} had it looked for what the block of {subject} would do to care",
    AuditEvent.BLOCK_EMERGENCY: "{by} put the block of {subject} in force alone, in an emergency: {why}",
    AuditEvent.BLOCK_END_CHANGED: "{by} let the block of {subject} end at {until}",
    AuditEvent.BLOCK_ENFORCED: "{by} put the block of {subject} in force",
    AuditEvent.BLOCK_EXCEPTED: "{by} let {organisation} reach {subject} despite its block, until {until}: {reason}",
    AuditEvent.BLOCK_EXCEPTION_ENDED: "{by} let the block of {subject} hold for {organisation} again",
    AuditEvent.BLOCK_FAILING: "{by} said that care is failing at {organisation} since {subject} is blocked: {what}",
    AuditEvent.BLOCK_KEPT: "{by} reviewed the block of {subject} after an emergency, and kept it",
    AuditEvent.BLOCK_LEFT_STANDING: (
        "{by} left the block of {subject} standing until {until}, because it is from before policies went by belief: "
        "it is believed less than the policy asks"
    ),
    AuditEvent.BLOCK_LIFTED: "{by} lifted the block of {subject}: {why}",
    AuditEvent.BLOCK_POLICY_WRITTEN: "{by} wrote down what {subject} blocks without asking anybody",
    AuditEvent.BLOCK_PROPOSED: "{by} proposed to block {subject}: {why}",
    AuditEvent.BLOCK_SWITCH_THROWN: "{by} lifted everything that is blocked: {why}",
    AuditEvent.BLOCK_SWITCH_TURNED_BACK: "{by} let blocks hold again: {why}",
    AuditEvent.BLOCK_WITHDRAWN: "{by} lifted the block of {subject} by itself: {why}",
    AuditEvent.CARE_ARRANGED: (
        "{by} said what is known of the size and the suppliers of {count} organisations: {reason}"
    ),
    AuditEvent.CARE_CONFIRMED: "{by} confirmed what care {organisation} gives and what it needs: {reason}",
    AuditEvent.CARE_IMPORTED: (
        "{by} brought in what care {organisation} gives and what it needs ({added} added, "
        "{changed} changed, {removed} removed): {reason}"
    ),
    AuditEvent.CARE_QUESTION_ASKED_AGAIN: "{by} let a question be asked again: {subject}",
    AuditEvent.CARE_QUESTION_PASSED: "{by} was asked at {organisation}: {subject} and said {answer}",
    AuditEvent.CARE_REFINED: "{by} said what {subject} is to care: {reason}",
    AuditEvent.CARE_REMOVED: "{by} took {subject} out of the map of care: {reason}",
    AuditEvent.CARE_SUPPLIER_ADDED: "{by} added the supplier {subject}: {reason}",
    AuditEvent.CARE_SUPPLIER_REMOVED: "{by} took the supplier {subject} off the list: {reason}",
    AuditEvent.CARE_SUPPLIER_RENAMED: "{by} called the supplier {before} {subject}: {reason}",
    AuditEvent.CARE_SUPPLIER_RESTORED: "{by} put the supplier {subject} back on the list: {reason}",
    AuditEvent.CARE_UNDONE: (
        "{by} went back to the template at {organisation} "
        "({removed} things removed, {changed} changed, {added} put back): {reason}"
    ),
    AuditEvent.CONTACT_ADDED: "{by} added {subject} ({channel}) to the people who are told",
    AuditEvent.CONTACT_REMOVED: "{by} removed {subject} from the people who are told",
    AuditEvent.CONTACT_TRIED: "{by} sent {subject} a trial notice",
    AuditEvent.CONTROL_ADDED: "{by} let {subject} read the protective lists",
    AuditEvent.CONTROL_DISABLED: "{by} no longer lets {subject} read the protective lists",
    AuditEvent.CONTROL_ENABLED: "{by} lets {subject} read the protective lists again",
    AuditEvent.CONTROL_RENEWED: "{by} gave {subject} a new secret",
    AuditEvent.DEVICE_MARKED: "{by} marked {subject} as {importance}: {reason}",
    AuditEvent.FILTER_ENDED: "{by} ended what was normal for the rule “{rule}”: {reason}",
    AuditEvent.FILTER_MADE: "{by} said what is normal for the rule “{rule}” until {until}: {reason}",
    AuditEvent.FILTER_MADE_IN_SPITE: "{by} let a filter hide what {count} true attacks showed to “{rule}”: {reason}",
    AuditEvent.HARM_NUMBER_ENDED: "{by} let our own number hold again for {subject}: {reason}",
    AuditEvent.HARM_NUMBER_SAID: "{by} put {value} in the place of {subject}: {reason}",
    AuditEvent.HUNT_FORGOTTEN: "{by} threw away the saved hunt {subject}",
    AuditEvent.HUNT_RUN: "{by} asked the events: {sql} (because: {purpose})",
    AuditEvent.HUNT_SAVED: "{by} saved the hunt {subject}",
    AuditEvent.INCIDENT_CHANGED: "{by} changed the incident {subject}: {change}",
    AuditEvent.INCIDENT_JOINED: "{by} joined {count} alerts to the incident {subject}",
    AuditEvent.INCIDENT_NOTED: "{by} added a note to the incident {subject}",
    AuditEvent.INCIDENT_OPENED: "{by} opened the incident {subject} with severity {severity}",
    AuditEvent.INTEL_ADDED: "{by} added {count} objects to the collection {subject} ({refused} were refused)",
    AuditEvent.INTEL_ALERT_SHARED: "{by} shared {count} things of the alert {subject} as {marking} in {where}",
    AuditEvent.INTEL_ALERT_WITHDRAWN: "{by} withdrew what was shared of the alert {subject} in {where}",
    AuditEvent.INTEL_CLIENT_MADE: "{by} made a TAXII key for {subject}",
    AuditEvent.INTEL_CLIENT_WITHDRAWN: "{by} withdrew the TAXII key of {subject}",
    AuditEvent.INTEL_COLLECTION_MADE: "{by} made the collection {subject}",
    AuditEvent.INTEL_COLLECTION_RESTORED: "{by} offered the collection {subject} again: {reason}",
    AuditEvent.INTEL_COLLECTION_RETIRED: "{by} retired the collection {subject}: {reason}",
    AuditEvent.INTEL_GROUP_CHANGED: "{by} changed who is in the sharing group {subject}: {members}",
    AuditEvent.INTEL_REMOVED: "{by} took {object} out of the collection {subject} ({versions} versions)",
    AuditEvent.INTEL_SHARED: "{by} changed who may use the collection {subject}: {grant}",
    AuditEvent.INTEL_SOURCE_ADDED: "{by} added {subject}, from which intelligence comes into {collection}",
    AuditEvent.INTEL_SOURCE_BELIEVED: "{by} believed {subject} again: {reason}",
    AuditEvent.INTEL_SOURCE_DISABLED: "{by} stopped taking intelligence from {subject}",
    AuditEvent.INTEL_SOURCE_ENABLED: "{by} took intelligence from {subject} again",
    AuditEvent.INTEL_SOURCE_RATED: "{by} said that {subject} is {reliability}: {reason}",
    AuditEvent.INTEL_SOURCE_TRIED: "{by} put {subject} on trial: {reason}",
    AuditEvent.INTEL_SOURCE_WITHDRAWN: "{by} withdrew all that {subject} ever sent: {reason}",
    AuditEvent.INVITATION_SENT: "{by} invited {subject}",
    AuditEvent.LINK_MADE: "{by} made a one-time link for {subject}",
    AuditEvent.LINK_USED: "{by} used the one-time link that {maker} had made",
    AuditEvent.LOOK_BACK_ASKED: "{by} let the rule {subject} look back over {days} days",
    AuditEvent.LOOK_BACK_CANCELLED: "{by} cancelled the look back of {subject}",
    AuditEvent.ORGANISATIONS_IMPORTED: "{by} imported {count} organisations",
    AuditEvent.PASSWORD_CHANGED: "{by} changed their own password",
    AuditEvent.PEER_ANEW: "{by} had the node {subject} asked to tell all that holds once more",
    AuditEvent.PEER_CODE_WITHDRAWN: "{by} withdrew the code with which the node {subject} might have joined",
    AuditEvent.PEER_ENDED: "{by} ended the link to the node {subject}: {reason}",
    AuditEvent.PEER_INVITED: "{by} made a code with which the node {subject} may join",
    AuditEvent.PEER_JOINED: "{by} linked this node and {subject}",
    AuditEvent.PEER_KEY_CHANGED: "{by} changed the key of {subject} in links",
    AuditEvent.PEER_LIMITED: "{by} let the node {subject} send {things} things and {bytes} bytes a day: {reason}",
    AuditEvent.PEER_POLICY_SET: "{by} said what is let out to the node {subject}: {classes}",
    AuditEvent.PEER_TOLD_ALL: "{by} had all that holds told once more to the node {subject}",
    AuditEvent.PEER_WITHDRAWN: "{by} withdrew all that the node {subject} ever sent ({count} things): {reason}",
    AuditEvent.POST_GIVEN: "{by} gave {subject} the role {role}",
    AuditEvent.POST_WITHDRAWN: "{by} withdrew the role {role} from {subject}",
    AuditEvent.QUESTION_ALLOWED: "{by} let events of {organisation} be counted for {subject}",
    AuditEvent.QUESTION_ASKED: "{by} asked {organisations} organisations and {nodes} nodes: {subject}, for {purpose}",
    AuditEvent.QUESTION_CAME: "{asker} asked {organisations} organisations and {nodes} nodes: {subject}, for {purpose}",
    AuditEvent.QUESTION_MARKED: "{subject} asks about named people ({asks_about}): {waits} organisations decide first",
    AuditEvent.QUESTION_NAMES_SEEN: "{by} looked at {rows} rows of {organisation} with names, for {subject}",
    AuditEvent.QUESTION_POLICY_SET: "{by} said what {organisation} does with hunts of other nodes: {counts}",
    AuditEvent.QUESTION_REFUSED: "{by} refused, for {organisation}, to answer {subject}: {reason}",
    AuditEvent.QUESTION_ROWS_GIVEN: "{by} let {rows} rows of {organisation} go to {asker}, for {subject}",
    AuditEvent.QUESTION_WITHDRAWN: "{by} wanted no more answers to {subject}",
    AuditEvent.RECOVERY_APPROVED: "{by} confirmed that {subject} lost their authenticator, and removed it",
    AuditEvent.RECOVERY_ASKED: "{by} asked for help with a lost authenticator",
    AuditEvent.ROTA_CHANGED: "{by} changed the {subject}: {change}",
    AuditEvent.RULES_DROPPED: "{by} brought in {subject} {version}, which no longer has {rules} of the rules before",
    AuditEvent.RULES_IMPORTED: "{by} brought in {subject} {version}: {rules} rules, {trial} of them on trial",
    AuditEvent.RULES_RESTORED: "{by} brought back {subject} {version}",
    AuditEvent.RULE_OFF: "{by} switched the rule “{rule}” off: {reason}",
    AuditEvent.RULE_PROMOTED: "{by} put the rule “{rule}” in force: {reason}",
    AuditEvent.RULE_TRIED: "{by} put the rule “{rule}” on trial: {reason}",
    AuditEvent.SCENARIO_CHANGED: "{by} changed the name or the note of the what-if {subject}, before: {before}",
    AuditEvent.SCENARIO_DELETED: "{by} deleted the saved what-if {subject} ({asked})",
    AuditEvent.SCENARIO_SAVED: "{by} saved the what-if {subject} ({asked})",
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
