"""Whoever copies a configuration from the console has rules that match: each shipper's events, through the gateway."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from gateway import sent
from gateway.gateways import SECRET
from watchward.estate.shipper import NDJSON_PATH, Destination, Shipper, configuration
from watchward.lake import journal

OMELASTICSEARCH = Path("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so")
ROOT_SIGNS_IN = "Accepted password for root from 203.0.113.9 port 51234 ssh2"
BY_ROOT = "Sign-in as root with a password over the network"
STOPPED = "Logging or security agent stopped on Linux"
READ = "Password file of Linux read by an unusual program"
PLANNED = "Planned job written by a shell or a foreign program"
SHADOWS = "Shadow copies deleted by command"
STOP = ("systemctl", "stop", "rsyslog")


def executed(device):
    return [sent.filestream(device, line) for line in sent.audit_lines(*STOP, exe="/usr/bin/systemctl", serial=81)]


SENT = [
    (Shipper.WINLOGBEAT, lambda device: [sent.winlogbeat(device)], SHADOWS),
    (Shipper.NXLOG, lambda device: [sent.nxlog(device)], SHADOWS),
    (Shipper.CURL, lambda device: [sent.nxlog(device)], SHADOWS),
    (Shipper.FILEBEAT, lambda device: [sent.journal(device, "sshd", ROOT_SIGNS_IN)], BY_ROOT),
    (Shipper.FILEBEAT, lambda device: [sent.journal(device, "sshd-session", ROOT_SIGNS_IN)], BY_ROOT),
    (Shipper.FILEBEAT, lambda device: [sent.old_journal(device, "sshd", ROOT_SIGNS_IN)], BY_ROOT),
    (Shipper.FILEBEAT, executed, STOPPED),
    (Shipper.FILEBEAT, lambda device: [sent.sysmon_of_linux(device)], STOPPED),
    (Shipper.AUDITBEAT, lambda device: [sent.auditbeat(device, *STOP, exe="/usr/bin/systemctl")], STOPPED),
    (Shipper.AUDITBEAT, lambda device: [sent.auditbeat_file(device, "/etc/cron.d/x", exe="/usr/bin/bash")], PLANNED),
    (
        Shipper.ELASTIC_AGENT,
        lambda device: [sent.agent(sent.winlogbeat(device, "filebeat"), "windows.sysmon_operational")],
        SHADOWS,
    ),
    (
        Shipper.ELASTIC_AGENT,
        lambda device: [sent.agent(sent.journal(device, "sshd", ROOT_SIGNS_IN), "system.syslog")],
        BY_ROOT,
    ),
    (
        Shipper.ELASTIC_AGENT,
        lambda device: [
            sent.agent(sent.auditbeat(device, "cat", "/etc/shadow", exe="/usr/bin/cat"), "auditd_manager.auditd")
        ],
        READ,
    ),
]


def alerted(gateway, device):
    """The titles of the rules that matched events of a device."""
    return {
        match.rule_title
        for _, entry in journal.read(gateway.home.journal)
        for match in entry.matches
        if match.device == device
    }


@pytest.mark.parametrize("case", SENT, ids=[f"{shipper}-{number}" for number, (shipper, _, _) in enumerate(SENT)])
def test_what_a_configured_shipper_sends_is_matched(gateway, sender, request, case):
    shipper, documents, title = case
    device = request.node.callspec.id
    lines = [json.dumps(document) for document in documents(device)]
    if NDJSON_PATH in configuration(shipper, Destination(url=gateway.url, key_id="key-ZZ1", secret=SECRET)):
        answer = sender.post(NDJSON_PATH, content="\n".join(lines)).json()
        assert (answer["accepted"], answer["bad"]) == (len(lines), 0)
    else:
        body = "".join(f'{{"create": {{"_index": "{shipper}"}}}}\n{line}\n' for line in lines)
        answer = sender.post("/_bulk", content=body, headers={"Content-Type": "application/json"})
        assert not answer.json()["errors"]

    assert title in alerted(gateway, device)


def test_every_shipper_has_its_events_here_and_rsyslog_itself_below():
    assert {shipper for shipper, _, _ in SENT} == set(Shipper) - {Shipper.RSYSLOG}


class Rsyslog:
    """The installed daemon, with the file that the console hands out in the place where it belongs."""

    def __init__(self, folder, gateway, device):
        self.folder = folder
        self.audit_log, self.socket = folder / "audit.log", folder / "log"
        self.audit_log.touch()
        to = Destination(url=gateway.url, key_id="key-ZZ1", secret=SECRET)
        text = configuration(Shipper.RSYSLOG, to)
        moved = {
            "/var/log/audit/audit.log": self.audit_log,
            "/etc/rsyslog.d/watchward-authority.pem": gateway.authority,
        }
        for where, here in moved.items():
            assert where in text
            text = text.replace(where, str(here))
        (folder / "60-watchward.conf").write_text(text)
        (folder / "rsyslog.conf").write_text(f"""
global(workDirectory="{folder}" localHostname="{device}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{self.socket}" RateLimit.Interval="0")
include(file="{folder}/60-watchward.conf")
*.* action(type="omfile" file="{folder}/local.log")
""")
        rsyslogd = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
        assert rsyslogd is not None
        self.process = subprocess.Popen(  # noqa: S603 - the installed daemon, with files of the test's own
            [rsyslogd, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def log(self, line):
        """What a program does that writes to the system's log."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect(str(self.socket))
            out.send(line.encode())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


@pytest.fixture
def rsyslog(gateway, tmp_path):
    running = Rsyslog(tmp_path, gateway, "rsyslog-host")
    for _ in range(300):
        if running.socket.exists():
            break
        time.sleep(0.05)
    yield running
    running.end()


@pytest.mark.skipif(not OMELASTICSEARCH.exists(), reason="needs rsyslog-elasticsearch: make tools installs it")
def test_what_rsyslog_sends_with_the_file_as_it_is_handed_out_is_matched(gateway, rsyslog):
    rsyslog.log(f"<86>Mar  1 11:59:58 sshd[812]: {ROOT_SIGNS_IN}")
    lines = sent.audit_lines("cat", "/etc/shadow", exe="/usr/bin/cat", serial=82)
    lines += sent.audit_lines(*STOP, exe="/usr/bin/systemctl", serial=83)
    with rsyslog.audit_log.open("a") as file:
        file.write("\n".join(lines) + "\n")

    for _ in range(300):
        if alerted(gateway, "rsyslog-host") >= {BY_ROOT, READ, STOPPED}:
            break
        time.sleep(0.1)
    assert alerted(gateway, "rsyslog-host") >= {BY_ROOT, READ, STOPPED}
    assert "audit(" not in (rsyslog.folder / "local.log").read_text()
