"""Linux events in the shapes in which shippers send them: their log source, their fields, their device."""

import pytest

from telemetry.builders import decoded, row, rows
from watchward.telemetry import audit

HOST = {"name": "integration01", "os": {"type": "linux"}}
AUDIT_LOG = {"host": HOST, "log": {"file": {"path": "/var/log/audit/audit.log"}}}
CALL = (
    "type=SYSCALL msg=audit(1772366398.125:77): arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=66 items=2"
    ' ppid=900 pid=901 auid=1000 uid=0 euid=0 tty=pts0 comm="cat" exe="/usr/bin/cat" key="exec"'
)
ARGUMENTS = 'type=EXECVE msg=audit(1772366398.125:77): argc=2 a0="cat" a1=2F6574632F736861646F77'
FOLDER = 'type=CWD msg=audit(1772366398.125:77): cwd="/etc/cron.d"'
NEW_FILE = 'type=PATH msg=audit(1772366398.125:77): item=1 name="backup" inode=7 nametype=CREATE'
AUDITBEAT = {
    "@timestamp": "2026-03-01T11:59:58.125Z",
    "agent": {"type": "auditbeat", "name": "integration01"},
    "host": HOST,
    "service": {"type": "auditd"},
    "event": {"module": "auditd", "action": "executed", "category": ["process"], "type": ["start"]},
    "auditd": {
        "message_type": "syscall",
        "data": {"a0": "55d0", "a1": "55d1", "syscall": "execve", "argc": "2", "arch": "x86_64"},
        "paths": [{"name": "/usr/bin/cat", "nametype": "NORMAL"}, {"name": "/lib64/ld-linux-x86-64.so.2"}],
    },
    "process": {"executable": "/usr/bin/cat", "name": "cat", "args": ["cat", "/etc/shadow"], "parent": {"pid": 900}},
    "parent": {"process": {"executable": "/usr/bin/bash", "args": ["bash", "-c", "x"]}},
    "tags": ["exec"],
    "user": {"id": "33", "name": "www-data", "audit": {"id": "1000"}},
}


def audit_lines(*lines):
    return rows(decoded(*({**AUDIT_LOG, "message": line} for line in lines)))


def source_of(document):
    event = row(document)
    return event.get("product"), event.get("category"), event.get("service")


@pytest.mark.parametrize(
    ("document", "service"),
    [
        ({"process": {"name": "sshd"}, "log": {"syslog": {"facility": {"code": "10"}}}}, "sshd"),
        ({"process.name": "useradd", "log.syslog.facility.code": "10"}, "auth"),
        ({"log": {"syslog": {"appname": "sshd-session", "facility": {"code": 4}}}}, "sshd"),
        ({"syslog": {"identifier": "sudo", "facility": 10}}, "sudo"),
        ({"syslog": {"identifier": "CRON"}}, "cron"),
        ({"log": {"syslog": {"appname": "crontab"}}}, "cron"),
        ({"log": {"syslog": {"appname": "vsftpd"}}}, "vsftpd"),
        ({"log": {"syslog": {"appname": "clamd"}}}, "clamav"),
        ({"log": {"syslog": {"appname": "guacd"}}}, "guacamole"),
        ({"program": "modsecurity"}, "modsecurity"),
        ({"program": "named"}, "syslog"),
        ({"event": {"dataset": "system.auth", "module": "system"}, "process": {"name": "su"}}, "auth"),
        ({"event": {"dataset": "system.syslog"}, "process": {"name": "sshd"}}, "sshd"),
        ({"event": {"dataset": "auditd.log", "module": "auditd"}}, "auditd"),
        ({"event": {"dataset": "auditd_manager.auditd", "module": "auditd"}}, "auditd"),
        ({"log": {"file": {"path": "/var/log/secure"}}, "message": "Mar  1 09:00:00 h sshd[7]: x"}, "sshd"),
        ({"event": {"dataset": "system.auth"}, "message": "2026-03-01T09:00:00.123456+00:00 h sudo: x"}, "sudo"),
        ({"event": {"dataset": "system.syslog"}, "message": "<86>1 2026-03-01T09:00:00Z h crond 7 - - x"}, "cron"),
        ({"log": {"file": {"path": "/var/log/syslog"}}, "message": "no head at all"}, "syslog"),
    ],
    ids=str,
)
def test_a_line_of_the_system_log_belongs_to_its_program(document, service):
    assert source_of(document) == ("linux", None, service)


@pytest.mark.parametrize(
    ("event", "category"),
    [
        ({"module": "file_integrity", "category": ["file"], "type": ["creation"]}, "file_event"),
        ({"module": "system", "dataset": "process", "category": ["process"], "type": ["start"]}, "process_creation"),
        ({"module": "system", "dataset": "process", "category": ["process"], "type": ["info"]}, None),
        ({"module": "system", "dataset": "socket", "category": ["network"], "type": ["info"]}, "network_connection"),
        (
            {"module": "auditd", "action": "connected-to", "category": ["network"], "type": ["start"]},
            "network_connection",
        ),
        ({"module": "auditd", "action": "opened-file", "category": ["file"], "type": ["info"]}, "file_event"),
        ({"module": "auditd", "action": "deleted", "category": ["file"], "type": ["deletion"]}, "file_delete"),
        ({"module": "auditd", "action": "changed-timestamp-of", "category": ["file"], "type": ["info"]}, None),
    ],
    ids=str,
)
def test_what_auditbeat_saw_has_its_category(event, category):
    assert source_of({"event": event})[:2] == ("linux", category)


def test_auditbeat_of_another_system_says_so():
    event = {"module": "system", "dataset": "process", "category": ["process"], "type": ["start"]}

    assert source_of({"event": event, "host": {"os": {"type": "macos"}}}) == ("macos", "process_creation", None)


def test_a_program_that_auditbeat_saw_start_is_a_process_and_its_audit_records_at_once():
    event = row(AUDITBEAT)

    assert (event["category"], event["service"], event["device"]) == ("process_creation", "auditd", "integration01")
    assert (event["Image"], event["CommandLine"]) == ("/usr/bin/cat", "cat /etc/shadow")
    assert (event["ParentImage"], event["ParentCommandLine"]) == ("/usr/bin/bash", "bash -c x")
    assert (event["a0"], event["a1"], event["SYSCALL"]) == ("cat", "/etc/shadow", "execve")
    assert event["type"] == "\x1eSYSCALL\x1eEXECVE\x1ePATH"
    assert "\x1e/usr/bin/cat" in event["name"]
    assert (event["euid"], event["auid"], event["key"]) == ("33", "1000", "exec")


def test_a_record_of_another_call_keeps_the_arguments_that_the_kernel_gave():
    event = row(AUDITBEAT | {"process": {"executable": "/usr/bin/dmesg"}, "event": {"module": "auditd"}})

    assert (event["a0"], event["a1"]) == ("55d0", "55d1")


def test_lines_of_the_audit_log_have_the_names_that_rules_read():
    call, arguments, _, path = audit_lines(CALL, ARGUMENTS, FOLDER, NEW_FILE)

    assert (call["type"], call["SYSCALL"], call["exe"], call["comm"], call["key"]) == (
        ("SYSCALL", "execve", "/usr/bin/cat", "cat", "exec")
    )
    assert (arguments["type"], arguments["a0"], arguments["a1"]) == ("EXECVE", "cat", "/etc/shadow")
    assert (path["type"], path["name"], path["nametype"]) == ("PATH", "backup", "CREATE")
    assert {event["service"] for event in (call, arguments, path)} == {"auditd"}
    assert {event["device"] for event in (call, arguments, path)} == {"integration01"}


def test_records_of_one_system_call_complete_each_other():
    _, arguments, _, path = audit_lines(CALL, ARGUMENTS, FOLDER, NEW_FILE)

    assert (arguments["category"], arguments["Image"]) == ("process_creation", "/usr/bin/cat")
    assert (arguments["CommandLine"], arguments["CurrentDirectory"]) == ("cat /etc/shadow", "/etc/cron.d")
    assert (arguments["ProcessId"], arguments["ParentProcessId"]) == ("901", "900")
    assert (path["category"], path["TargetFilename"], path["Image"]) == (
        ("file_event", "/etc/cron.d/backup", "/usr/bin/cat")
    )


def test_a_flat_audit_record_is_a_process_too():
    event = row({"type": "EXECVE", "a0": "curl", "a1": "-s", "a2": "http://x.example", "exe": "/usr/bin/curl"})

    assert (event["CommandLine"], event["Image"]) == ("curl -s http://x.example", "/usr/bin/curl")


def test_records_of_different_devices_do_not_mix():
    elsewhere = {**AUDIT_LOG, "host": {"name": "other"}, "message": ARGUMENTS}
    event = rows(decoded({**AUDIT_LOG, "message": CALL}, elsewhere))[1]

    assert "Image" not in event


def test_an_audit_record_happened_when_it_says():
    (event,) = audit_lines(ARGUMENTS)

    assert event["observed_at"].isoformat() == "2026-03-01T11:59:58.125000+00:00"


def test_an_audit_record_inside_a_syslog_line_is_read():
    event = row({"program": "audisp-syslog", "host": "h", "message": f" node=h {ARGUMENTS}"})

    assert (event["service"], event["a0"]) == ("auditd", "cat")


def test_what_the_audit_daemon_itself_says_is_a_line_of_the_system_log():
    assert source_of({"program": "auditd", "message": "Audit daemon rotating log files"}) == ("linux", None, "syslog")


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        (
            "type=USER_CMD msg=audit(1.2:3): pid=1 msg='cwd=\"/root\" cmd=6C73202D6C terminal=pts/0 res=failed'",
            "cmd",
            "ls -l",
        ),
        (
            "type=SERVICE_STOP msg=audit(1.2:3): pid=1 uid=0 msg='unit=auditd comm=\"systemd\" res=success'",
            "unit",
            "auditd",
        ),
        ("type=EXECVE msg=audit(1.2:3): argc=1 a0_len=4 a0[0]=6C73 a0[1]=202D", "a0", "ls -"),
        ("type=PROCTITLE msg=audit(1.2:3): proctitle=6C73002D6C", "proctitle", "ls -l"),
        ("type=SYSCALL msg=audit(1.2:3): arch=c00000b7 syscall=221 a0=2F", "SYSCALL", "execve"),
        ("type=SYSCALL msg=audit(1.2:3): arch=c00000b7 syscall=221 a0=2F", "a0", "2F"),
        ('type=SYSCALL msg=audit(1.2:3): syscall=59\x1dARCH=x86_64 SYSCALL=execve UID="jo"', "UID", "jo"),
        ("type=CONFIG_CHANGE msg=audit(1.2:3): op=set audit_enabled=0 old=1", "audit_enabled", "0"),
        ("type=EXECVE msg=audit(1.2:3): argc=1 a0=FFFE", "a0", "\ufffd\ufffd"),
    ],
)
def test_a_field_of_an_audit_record_is_decoded(line, name, text):
    assert audit.record(line)[name] == text


@pytest.mark.parametrize(
    "line", ["", "type=", "type=EXECVE", "type=EXECVE msg=audit(x:1): a0=1", "type=A msg=audit(1.2:3): " + "a" * 70_000]
)
def test_what_is_no_audit_record_has_no_fields(line):
    assert audit.record(line) == {}
