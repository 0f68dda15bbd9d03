"""Each Linux log source that a rule reads is one that some shipper's events have."""

from pathlib import Path

import pytest
import yaml

from gateway import sent
from rules.starter import RULES
from telemetry.builders import decoded
from watchward.detect.sigma.logsource import applies
from watchward.detect.sigma.rule import LogSource

EXE = "/usr/bin/cat"
PROGRAMS = ("sshd", "sudo", "CRON", "vsftpd", "clamd", "guacd", "modsecurity", "useradd", "named")
DOCUMENTS = [
    *(sent.journal("h", program, "x") for program in PROGRAMS),
    sent.journal("h", "named", "x") | {"log": {"syslog": {"appname": "named", "facility": {"code": 3}}}},
    sent.auditbeat("h", "cat", "x", exe=EXE),
    sent.auditbeat_file("h", "/etc/cron.d/x", exe=EXE),
    sent.auditbeat("h", "curl", exe="/usr/bin/curl")
    | {
        "event": {
            "module": "auditd",
            "action": "connected-to",
            "category": ["network"],
            "type": ["connection", "start"],
        }
    },
]


@pytest.fixture(scope="module")
def had():
    rows = decoded(*DOCUMENTS).batch.to_pylist()
    return {(row["product"], row["category"], row["service"]) for row in rows}


def read_by(folder):
    """The Linux log sources of the rules below a folder."""
    rules = [next(yaml.safe_load_all(path.read_text("utf-8"))) for path in Path(folder).rglob("*.yml")]
    sources = [rule["logsource"] for rule in rules if rule.get("logsource", {}).get("product") == "linux"]
    return {LogSource(**{part: source.get(part) for part in ("product", "category", "service")}) for source in sources}


def assert_all_had(sources, had):
    assert sources
    assert not [source for source in sources if not any(applies(source, *each) for each in had)]


def test_every_linux_log_source_of_the_starter_pack_is_sent_by_some_shipper(had):
    assert_all_had(read_by(RULES / "linux"), had)


def test_every_linux_log_source_of_published_rules_is_sent_by_some_shipper(had, shared_data):
    assert_all_had(read_by(shared_data / "sigma" / "rules" / "linux"), had)
