"""The page that lists the starter pack. `PYTHONPATH=tests .venv/bin/python -m rules.document_pack` writes it."""

from collections import Counter
from itertools import groupby
from pathlib import Path

from rules.starter import Written, together, written

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "starter-pack.md"
PLATFORMS = {"windows": "Windows", "linux": "Linux", "cloud": "Cloud"}
THEMES = {
    "backups": "Tampering with backups",
    "credentials": "Theft of passwords and keys",
    "discovery": "Looking around",
    "execution": "First programs and scripts",
    "identity": "Roles, second factors and trust",
    "lateral_movement": "From machine to machine",
    "mail": "Mail that is read or sent elsewhere",
    "passwords": "Guessing of passwords",
    "persistence": "Staying in",
    "ransomware": "Just before encryption, and during it",
    "records": "Records taken in bulk",
    "remote_access": "Remote control",
    "security_tools": "Tampering with security tools and records of events",
    "sign_in": "Signing in as somebody else",
}
LEVELS = ("critical", "high", "medium", "low")
HEAD = """# The starter pack

Watchward brings {count} Sigma rules of its own, so that a newcomer who has no rules sees attacks on the first day.
They look for what hurts health and care most, and say in plain words why each find matters. A node runs them
together with the rules in the `rules` folder of its home; `watchward scan` runs them when no folder is given.

| level | rules | what to do with a find |
|---|--:|---|
| critical | {critical} | Somebody is very likely attacking now. Act within minutes, at any hour |
| high | {high} | Look at it today, and soon if the device matters to care |
| medium | {medium} | Look at it in working hours; many are somebody's ordinary work, and worth knowing |
| low | {low} | Not worth a look by itself; it tells a story together with others |

Each rule is a file below `rules/`, with its own test below `rules/tests/`. How to write your own and bring them
stands in [Writing rules](../guides/writing-rules.md). This page is written from the rules themselves.

## What the rules read

Events that nobody sends are events that no rule sees. Connect first what most rules read.

| events | rules |
|---|--:|
"""
EVENTS = {
    "process_creation": "programs that start: Sysmon 1, Security 4688 with command lines; on Linux auditd or an agent",
    "registry": "changes of the registry: Sysmon 12 and 13",
    "file": "files written and deleted: Sysmon 11 and 23; on Linux an agent",
    "ps_script": "PowerShell's own record of scripts: 4104",
    "security": "the Security log, with the audit policy of the domain",
    "system": "the System log",
    "windefend": "Microsoft Defender's log",
    "process_access": "programs that read another's memory: Sysmon 10",
    "dns_query": "names that programs look up: Sysmon 22",
    "pipe_created": "named pipes: Sysmon 17 and 18",
    "signinlogs": "cloud sign-ins of Microsoft Entra ID",
    "auditlogs": "changes in Microsoft Entra ID",
    "riskdetection": "risks that Microsoft Entra ID sees",
    "activitylogs": "changes in Azure",
    "m365": "the audit log of Microsoft 365",
    "cloudtrail": "AWS CloudTrail",
    "okta": "Okta's system log",
    "windows": "several logs of Windows that tell of the same: the System log, the Security log, Sysmon",
    "syslog": "sign-ins and administrator rights on Linux: sshd and sudo, by syslog",
}
TOGETHER = """
## Several events together

These look at several events at once, by the times at which they happened. All of them read the Security log of Windows.
The rules that only serve them raise no alerts of their own. Ordinary work looks like each of them now and then: each
file says which.

| correlation | level | techniques |
|---|---|---|
"""
OTHERS = "other logs of Windows and Linux: see the rule"


def page() -> str:
    """The page as the rules of today make it."""
    pack = written()
    levels = Counter(one.rule["level"] for one in pack)
    parts = [HEAD.format(count=len(pack), **{level: levels[level] for level in LEVELS})]
    read = Counter(EVENTS.get(_events(one), OTHERS) for one in pack)
    parts += [f"| {words} | {count} |\n" for words, count in read.most_common()]
    for platform, title in PLATFORMS.items():
        parts.append(f"\n## {title}\n")
        own = [one for one in pack if one.name.startswith(f"{platform}/")]
        parts += [_theme(theme, list(rules)) for theme, rules in groupby(own, key=lambda one: one.name.split("/")[1])]
    parts.append(TOGETHER)
    parts += [_row(one) for one in together()]
    return "".join(parts)


def _events(one: Written) -> str:
    """The kind of events that a rule reads, as `EVENTS` names it."""
    source = one.rule["logsource"]
    name = source.get("category") or source.get("service") or source["product"]
    if source["product"] == "m365":
        return "m365"
    for start in ("registry", "file"):
        if name.startswith(start):
            return start
    return "syslog" if name in {"sshd", "sudo"} else name


def _theme(theme: str, rules: list[Written]) -> str:
    rows = sorted(rules, key=lambda one: (LEVELS.index(one.rule["level"]), one.rule["title"]))
    return f"\n### {THEMES[theme]}\n\n| rule | level | techniques |\n|---|---|---|\n" + "".join(map(_row, rows))


def _row(one: Written) -> str:
    keys = [tag.removeprefix("attack.").upper() for tag in one.rule["tags"] if tag.startswith("attack.t")]
    link = f"[{one.rule['title']}](../../rules/{one.name}.yml)"
    return f"| {link} | {one.rule['level']} | {', '.join(key for key in keys if key[1].isdigit())} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
