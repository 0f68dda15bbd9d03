"""The page that lists the starter pack. Run this file to write it again: `python tests/rules/document_pack.py`."""

from collections import Counter
from itertools import groupby
from pathlib import Path

from rules.starter import Written, written

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
"""


def page() -> str:
    """The page as the rules of today make it."""
    pack = written()
    levels = Counter(one.rule["level"] for one in pack)
    parts = [HEAD.format(count=len(pack), **{level: levels[level] for level in LEVELS})]
    for platform, title in PLATFORMS.items():
        parts.append(f"\n## {title}\n")
        own = [one for one in pack if one.name.startswith(f"{platform}/")]
        parts += [_theme(theme, list(rules)) for theme, rules in groupby(own, key=lambda one: one.name.split("/")[1])]
    return "".join(parts)


def _theme(theme: str, rules: list[Written]) -> str:
    rows = sorted(rules, key=lambda one: (LEVELS.index(one.rule["level"]), one.rule["title"]))
    return f"\n### {THEMES[theme]}\n\n| rule | level | techniques |\n|---|---|---|\n" + "".join(map(_row, rows))


def _row(one: Written) -> str:
    keys = [tag.removeprefix("attack.").upper() for tag in one.rule["tags"] if tag.startswith("attack.t")]
    link = f"[{one.rule['title']}](../../rules/{one.name}.yml)"
    return f"| {link} | {one.rule['level']} | {', '.join(key for key in keys if key[1].isdigit())} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
