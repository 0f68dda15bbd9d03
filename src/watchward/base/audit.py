"""What was done has a fixed vocabulary: `subject.past_tense`, with the sentence in which the audit page tells it.

Members are in alphabetical order. Add, never reword: entries are kept for years, and outlive what they are about.
Each member has a line in `docs/reference/audit.md`, and a test says so.
"""

from enum import StrEnum


class AuditEvent(StrEnum):
    """Everything that is recorded."""

    AUDIT_EXPORTED = "audit.exported"
    DEVICE_MARKED = "device.marked"
    ORGANISATIONS_IMPORTED = "organisations.imported"
    POST_GIVEN = "post.given"
    POST_WITHDRAWN = "post.withdrawn"
    SOURCE_ADDED = "source.added"
    SOURCE_DISABLED = "source.disabled"
    SOURCE_ENABLED = "source.enabled"
    SOURCE_KEY_WITHDRAWN = "source.key_withdrawn"
    SOURCE_ROTATED = "source.rotated"


SENTENCES: dict[AuditEvent, str] = {
    AuditEvent.AUDIT_EXPORTED: "{by} signed and exported the head of the audit log",
    AuditEvent.DEVICE_MARKED: "{by} marked {subject} as {importance}: {reason}",
    AuditEvent.ORGANISATIONS_IMPORTED: "{by} imported {count} organisations",
    AuditEvent.POST_GIVEN: "{by} gave {subject} the role {role}",
    AuditEvent.POST_WITHDRAWN: "{by} withdrew the role {role} from {subject}",
    AuditEvent.SOURCE_ADDED: "{by} added the source {subject} ({shipper})",
    AuditEvent.SOURCE_DISABLED: "{by} disabled the source {subject}",
    AuditEvent.SOURCE_ENABLED: "{by} enabled the source {subject}",
    AuditEvent.SOURCE_KEY_WITHDRAWN: "{by} withdrew a key of the source {subject}",
    AuditEvent.SOURCE_ROTATED: "{by} gave the source {subject} a further key",
}
"""How each event reads. `{by}`, `{subject}` and `{organisation}` are names; any other brace is one of the details."""
