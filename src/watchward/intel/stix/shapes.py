"""What the specification asks of each type of object: two tables, of properties and of rules between them."""

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from watchward.intel.stix import rules, values

GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "*sdo": frozenset(
        {
            *("attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator"),
            *("infrastructure", "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data"),
            *("opinion", "report", "threat-actor", "tool", "vulnerability"),
        }
    ),
    "*sro": frozenset({"relationship", "sighting"}),
    "*meta": frozenset({"marking-definition", "language-content", "extension-definition"}),
    "*sco": frozenset(
        {
            *("artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file"),
            *("ipv4-addr", "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url"),
            *("user-account", "windows-registry-key", "x509-certificate"),
        }
    ),
}
KNOWN: Final = frozenset[str]().union(*GROUPS.values())
"""The types of the specification; every other is custom."""

Check = Callable[[Any], str | None]
"""What is wrong with a value, or None."""


class Shape:
    """What is asked of the objects of one type.

    Args:
        required: the properties that each must have.
        checks: what is asked of the value of each property that is known.
        rules: what properties ask of each other.

    """

    __slots__ = ("checks", "required", "rules")

    def __init__(self) -> None:
        self.required: list[str] = []
        self.checks: dict[str, Check] = {}
        self.rules: list[Callable[[Mapping[str, Any]], str | None]] = []

    def problems(self, content: Mapping[str, Any]) -> Iterator[str]:
        """Everything that is wrong with an object, as sentences."""
        for name in self.required:
            if name not in content:
                yield f"{name} is missing."
        checks = self.checks
        for name, value in content.items():
            check = checks.get(name)
            if check is not None and (problem := check(value)) is not None:
                yield f"{name} {problem}."
        for rule in self.rules:
            problem = rule(content)
            if problem is not None:
                yield f"{problem}."


def shape(type_: str, version: str) -> Shape:
    """What is asked of a type of object in one version of the specification; types that are not known share one."""
    return _shapes(version)[type_ if type_ in KNOWN else "*custom"]


@cache
def _shapes(version: str) -> Mapping[str, Shape]:
    found = {type_: Shape() for type_ in (*KNOWN, "*custom")}
    for row in _table("stix_properties"):
        if row["version"] in ("", version):
            check = values.check(row["value"], partial(_allows, _types(row["allowed"])), row["allowed"])
            for type_ in _types(row["types"]):
                found[type_].checks |= dict.fromkeys(row["properties"].split(), check)
                found[type_].required += row["properties"].split() if row["required"] else []
    for row in _table("stix_rules"):
        if row["version"] in ("", version):
            rule = rules.rule(row["rule"], tuple(row["properties"].split()))
            for type_ in _types(row["types"]):
                found[type_].rules.append(rule)
    return found


def _types(words: str) -> frozenset[str]:
    return frozenset(one for word in words.split() for one in GROUPS.get(word, {word}))


def _allows(types: frozenset[str], type_: str) -> bool:
    return not types or type_ in types or ("*custom" in types and type_ not in KNOWN and type_ != "bundle")


def _table(name: str) -> list[dict[str, str]]:
    text = (files("watchward.intel") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
