"""The tags of rules, in words that need no training: MITRE ATT&CK techniques and tactics.

Names are those that MITRE publishes; the explanations are ours. ATT&CK is a registered trademark of The MITRE
Corporation.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """One way in which attackers work, such as T1059.001.

    Args:
        tactics: the keys of the tactics that it serves; none where it is not in the catalogue.

    """

    id: str
    name: str
    explanation: str
    tactics: tuple[str, ...] = ()

    @property
    def parent(self) -> str:
        """The technique of which this is a kind; itself where it is none.

        >>> Technique(id="T1059.001", name="", explanation="").parent
        'T1059'

        """
        return self.id.partition(".")[0]

    @property
    def url(self) -> str:
        """Where MITRE describes it in full."""
        return f"https://attack.mitre.org/techniques/{self.id.replace('.', '/')}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactic:
    """What an attacker is after at one step, in plain words that fit after a device's name or stand alone."""

    key: str
    name: str
    plain: str


TACTICS: Final = (
    Tactic(key="impact", name="Impact", plain="Someone may be trying to stop systems working or destroy data"),
    Tactic(key="exfiltration", name="Exfiltration", plain="Someone may be sending data out of the organisation"),
    Tactic(key="credential-access", name="Credential access", plain="Someone may be trying to steal passwords"),
    Tactic(key="lateral-movement", name="Lateral movement", plain="Someone may be moving from one computer to others"),
    Tactic(
        key="command-and-control",
        name="Command and control",
        plain="Someone outside may be controlling a computer",
    ),
    Tactic(key="defense-impairment", name="Defence impairment", plain="Someone may be switching off protection"),
    Tactic(key="collection", name="Collection", plain="Someone may be gathering data to steal"),
    Tactic(
        key="privilege-escalation",
        name="Privilege escalation",
        plain="Someone may be trying to gain more rights on a computer",
    ),
    Tactic(key="persistence", name="Persistence", plain="Someone may have left a way to come back to a computer"),
    Tactic(key="initial-access", name="Initial access", plain="Someone may be trying to get in"),
    Tactic(key="execution", name="Execution", plain="A program or script ran that attackers often use"),
    Tactic(key="stealth", name="Stealth", plain="Something on a computer may be trying not to be noticed"),
    Tactic(key="defense-evasion", name="Defence evasion", plain="Something may be trying to get past protection"),
    Tactic(key="discovery", name="Discovery", plain="Someone may be looking round a computer or network"),
    Tactic(
        key="resource-development",
        name="Resource development",
        plain="Someone may be preparing an attack",
    ),
    Tactic(key="reconnaissance", name="Reconnaissance", plain="Someone may be looking for a way to attack"),
)
"""Worst for patients first: a rule with several tactics is told by the first that it has."""

UNKNOWN_TACTIC: Final = Tactic(key="", name="Not stated", plain="Something happened that attackers often do")


@cache
def _catalogue() -> dict[str, Technique]:
    text = resources.files("watchward.detect.alerts").joinpath("attack.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    explained = {row["id"]: row["explanation"] for row in rows}
    names = {row["id"]: row["name"] for row in rows}
    serves = {row["id"]: row["tactics"] for row in rows}
    return {
        key: Technique(
            id=key,
            name=name if "." not in key else f"{names[key[:5]]}: {name}",
            explanation=explained[key] or explained[key[:5]],
            tactics=tuple(serves[key].split()),
        )
        for key, name in names.items()
    }


def technique(key: str) -> Technique:
    """The technique with this identifier; one that is not in the catalogue is known by its parent or its number.

    >>> technique("T1490").name
    'Inhibit System Recovery'
    >>> technique("T1490.123").explanation == technique("T1490").explanation
    True

    """
    key = key.upper()
    found = _catalogue().get(key) or _catalogue().get(key[:5])
    if found is None:
        return Technique(id=key, name=key, explanation="")
    return Technique(id=key, name=found.name, explanation=found.explanation, tactics=found.tactics)


def techniques() -> tuple[Technique, ...]:
    """Every technique of the catalogue, by its identifier."""
    return tuple(found for _, found in sorted(_catalogue().items()))


def technique_keys(tags: Iterable[str]) -> tuple[str, ...]:
    """The identifiers of the techniques among a rule's tags, in their order, each once.

    >>> technique_keys(["attack.execution", "attack.t1059.001", "cve.2021-44228"])
    ('T1059.001',)

    """
    found = (_TECHNIQUE.fullmatch(tag) for tag in tags)
    return tuple(dict.fromkeys(match[1].upper() for match in found if match))


def tactics(tags: Iterable[str]) -> tuple[Tactic, ...]:
    """The tactics among a rule's tags, worst for patients first.

    >>> [tactic.key for tactic in tactics(["attack.execution", "attack.impact"])]
    ['impact', 'execution']

    """
    named = {tag.removeprefix("attack.").replace("_", "-").casefold() for tag in tags}
    return tuple(tactic for tactic in TACTICS if tactic.key in named)


def in_plain_words(tags: Iterable[str]) -> str:
    """What a rule with these tags suspects, as a sentence for someone who has no IT team."""
    return next(iter(tactics(tags)), UNKNOWN_TACTIC).plain
