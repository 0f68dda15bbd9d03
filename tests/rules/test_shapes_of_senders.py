"""Rules of the pack on events as their senders really write them: through the decoder, not as fields by name."""

import json
from datetime import UTC, datetime

import pytest

from rules.starter import RULES
from watchward.detect.plan import plan
from watchward.detect.sigma import rules
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

ORIGIN = Origin(organisation="XA1", source="cloud", received_at=datetime(2026, 3, 1, tzinfo=UTC))
SIGN_IN = {
    "time": "2026-03-01T03:12:44Z",
    "category": "SignInLogs",
    "operationName": "Sign-in activity",
    "resultType": "500121",
    "callerIpAddress": "203.0.113.9",
    "properties": {
        "userPrincipalName": "jo@care.example",
        "status": {"errorCode": 500121, "additionalDetails": "MFA denied; user declined the authentication"},
    },
}
TABLE_SIGN_IN = {
    "TimeGenerated": "2026-03-01T03:12:44Z",
    "Category": "SignInLogs",
    "ResultType": "0",
    "UserPrincipalName": "jo@care.example",
    "ClientAppUsed": "IMAP4",
}
ROLE = {
    "time": "2026-03-01T03:12:44Z",
    "category": "AuditLogs",
    "operationName": "Add member to role",
    "properties": {
        "targetResources": [
            {
                "userPrincipalName": "jo@care.example",
                "modifiedProperties": [{"displayName": "Role.DisplayName", "newValue": '"Global Administrator"'}],
            }
        ]
    },
}
RISK = {
    "time": "2026-03-01T03:12:44Z",
    "category": "UserRiskEvents",
    "properties": {"riskEventType": "leakedCredentials", "riskState": "atRisk", "userPrincipalName": "jo@care.example"},
}
LOCK = {
    "time": "2026-03-01T03:12:44Z",
    "category": "Administrative",
    "operationName": "MICROSOFT.AUTHORIZATION/LOCKS/DELETE",
    "resultType": "Success",
    "identity": {"claims": {"name": "Jo"}},
}
INBOX_RULE = {
    "CreationTime": "2026-03-01T03:12:44",
    "Workload": "Exchange",
    "Operation": "New-InboxRule",
    "UserId": "jo@care.example",
    "Parameters": [
        {"Name": "SubjectOrBodyContainsWords", "Value": "invoice;payment"},
        {"Name": "MoveToFolder", "Value": "RSS Subscriptions"},
        {"Name": "ForwardTo", "Value": "a@example.net"},
    ],
}
FORWARDING = {
    "CreationTime": "2026-03-01T03:12:44",
    "Workload": "Exchange",
    "Operation": "Set-Mailbox",
    "Parameters": [
        {"Name": "Identity", "Value": "jo"},
        {"Name": "ForwardingSmtpAddress", "Value": "smtp:a@example.net"},
    ],
}
TRAIL = {
    "eventTime": "2026-03-01T03:12:44Z",
    "eventSource": "rds.amazonaws.com",
    "eventName": "DeleteDBInstance",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/jo"},
    "requestParameters": {"dBInstanceIdentifier": "pas", "skipFinalSnapshot": True},
}
SNAPSHOT = {
    "eventTime": "2026-03-01T03:12:44Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "ModifySnapshotAttribute",
    "userIdentity": {"type": "IAMUser"},
    "requestParameters": {
        "snapshotId": "snap-1",
        "createVolumePermission": {"add": {"items": [{"userId": "999988887777"}]}},
        "attributeType": "CREATE_VOLUME_PERMISSION",
    },
}
OKTA = {
    "event": {"dataset": "okta.system"},
    "published": "2026-03-01T03:12:44Z",
    "eventType": "user.account.report_suspicious_activity_by_enduser",
    "actor": {"alternateId": "jo@care.example"},
}
SSHD = {
    "@timestamp": "2026-03-01T03:12:44Z",
    "host": "integration01",
    "program": "sshd",
    "message": "Accepted password for root from 203.0.113.9 port 51234 ssh2",
}
AUDITD = {
    "@timestamp": "2026-03-01T03:12:44Z",
    "event": {"module": "auditd", "action": "executed", "category": "process"},
    "host": {"name": "integration01"},
    "process": {"executable": "/usr/bin/systemctl", "args": ["systemctl", "stop", "rsyslog"]},
}
AUDIT_RECORD = {
    "@timestamp": "2026-03-01T03:12:44Z",
    "hostname": "integration01",
    "type": "MAC_STATUS",
    "enforcing": "0",
    "old_enforcing": "1",
}
SECURITY_4688 = {
    "@timestamp": "2026-03-01T03:12:44Z",
    "winlog": {
        "channel": "Security",
        "event_id": 4688,
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "computer_name": "WARD-PC-004",
        "event_data": {
            "NewProcessName": "C:\\Windows\\System32\\vssadmin.exe",
            "CommandLine": "vssadmin delete shadows /all /quiet",
            "ParentProcessName": "C:\\Windows\\System32\\cmd.exe",
        },
    },
}
DEFENDER = {
    "Event": {
        "System": {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Windows Defender"}},
            "EventID": 1116,
            "Channel": "Microsoft-Windows-Windows Defender/Operational",
            "Computer": "WARD-PC-004",
            "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T03:12:44Z"}},
        },
        "EventData": {"Threat Name": "HackTool:Win32/Mimikatz.D", "Path": "file:_C:\\Users\\Public\\m.exe"},
    }
}
MESSAGES = [
    (SIGN_IN, "Second factor refused by the person as not theirs"),
    (TABLE_SIGN_IN, "Sign-in with a protocol that knows no second factor"),
    (ROLE, "Highest role in the cloud directory given away"),
    (RISK, "Sign-in service reports a stolen password or session"),
    (LOCK, "Lock, snapshot or storage removed in the cloud"),
    (INBOX_RULE, "Inbox rule hides or deletes messages"),
    (INBOX_RULE, "Inbox rule sends mail elsewhere"),
    (FORWARDING, "Mailbox forwarded as a whole"),
    (TRAIL, "Database deleted without a last copy, or its backups switched off"),
    (SNAPSHOT, "Stored copies of disks or databases shared outside"),
    (OKTA, "Member of staff reports a sign-in as not theirs"),
    (SSHD, "Sign-in as root with a password over the network"),
    (AUDITD, "Logging or security agent stopped on Linux"),
    (AUDIT_RECORD, "Audit trail tells that access control was relaxed"),
    (SECURITY_4688, "Shadow copies deleted by command"),
    (DEFENDER, "Antivirus finds ransomware or an intruder's tool"),
]


@pytest.fixture(scope="module")
def pack():
    compiled = plan.compile(rules.load([RULES]).rules)
    return compiled, Decoder(Registry.standard().with_fields(compiled.fields))


@pytest.mark.parametrize(("message", "title"), MESSAGES, ids=[title for _, title in MESSAGES])
def test_a_rule_fires_on_the_event_as_it_is_sent(pack, message, title):
    compiled, decoder = pack
    decoded = decoder.decode_ndjson(json.dumps(message).encode(), ORIGIN)

    assert not decoded.bad
    assert title in {compiled.rules[number].title for number in compiled.match(decoded.batch).rules}
