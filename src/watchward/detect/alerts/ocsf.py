"""Findings for other products, as the Open Cybersecurity Schema Framework writes them: Detection Finding (2004)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from watchward.detect.alerts.alert import Alert
from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level, Rule

VERSION = "1.5.0"
"""The version of the schema."""

_CLASS, _CATEGORY, _CREATE = 2004, 2, 1
_SEVERITY = {Level.INFORMATIONAL: 1, Level.LOW: 2, Level.MEDIUM: 3, Level.HIGH: 4, Level.CRITICAL: 5}
_RULE_TYPE, _NEW, _UNKNOWN_DEVICE = 1, 1, 0
_TECHNIQUE = re.compile(r"attack\.(t\d{4})(\.\d{3})?", re.IGNORECASE)
_OTHER = re.compile(r"attack\.[gs]\d{4}", re.IGNORECASE)  # groups and software, which are not techniques

Finding = dict[str, Any]


def of_match(match: Match, rule: Rule | None = None) -> Finding:
    """One event that met one rule; with the rule itself, what its author wrote about it too."""
    times = {"created_time": _milliseconds(match.received_at), "first_seen_time": _milliseconds(match.observed_at)}
    return {
        **_envelope(match.level, match.observed_at, match.device, match.organisation),
        "finding_info": {
            "uid": f"{match.event_id}:{match.rule_id}",
            **_about(match.rule_title, match.rule_id, rule),
            **times,
            "last_seen_time": _milliseconds(match.observed_at),
            "data_sources": [match.source],
            "related_events": [{"uid": match.event_id}],
        },
        "count": 1,
        "evidences": _evidences(match.fields),
    }


def of_alert(alert: Alert, rule: Rule | None = None) -> Finding:
    """A rule's findings on one device together."""
    return {
        **_envelope(alert.level, alert.last_at, alert.device, alert.organisation),
        "finding_info": {
            "uid": str(alert.id),
            **_about(alert.rule_title, alert.rule_id, rule),
            "created_time": _milliseconds(alert.received_at),
            "first_seen_time": _milliseconds(alert.first_at),
            "last_seen_time": _milliseconds(alert.last_at),
            "related_events": [{"uid": event.event_id} for event in alert.events],
        },
        "count": alert.count,
    }


def _envelope(level: Level, when: datetime, device: str, organisation: str) -> Finding:
    return {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Detection Finding",
        "type_uid": _CLASS * 100 + _CREATE,
        "severity_id": _SEVERITY[level],
        "severity": level.value.capitalize(),
        "status_id": _NEW,
        "is_alert": True,
        "time": _milliseconds(when),
        "metadata": {
            "version": VERSION,
            "profiles": ["host"],
            "product": {"name": "Watchward", "vendor_name": "Watchward"},
        },
        "device": {"hostname": device, "type_id": _UNKNOWN_DEVICE, "org": {"uid": organisation}},
    }


def _about(title: str, rule_id: str, rule: Rule | None) -> Finding:
    about: Finding = {
        "title": title,
        "analytic": {"type_id": _RULE_TYPE, "type": "Rule", "name": title, "uid": rule_id},
    }
    if rule is not None:
        about["attacks"] = _attacks(rule.tags)
        if rule.description:
            about["desc"] = rule.description
        if rule.references:
            about["src_url"] = rule.references[0]
    return about


def _attacks(tags: Sequence[str]) -> list[Finding]:
    """ATT&CK's techniques and tactics among a rule's tags."""
    found: list[Finding] = []
    for tag in tags:
        technique = _TECHNIQUE.fullmatch(tag)
        if technique:
            whole, part = technique[1].upper(), technique[2]
            sub = {"sub_technique": {"uid": whole + part}} if part else {}
            found.append({"technique": {"uid": whole}, **sub})
        elif tag.startswith("attack.") and not _OTHER.fullmatch(tag):
            found.append({"tactic": {"name": tag.removeprefix("attack.").replace("-", " ").replace("_", " ").title()}})
    return found


def _evidences(fields: Mapping[str, str]) -> list[Finding]:
    return [{"data": dict(fields)}] if fields else []


def _milliseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
