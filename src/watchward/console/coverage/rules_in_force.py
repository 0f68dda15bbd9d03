"""The rules and correlations that raise alerts on this node: what is off, on trial or silent is no coverage."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from watchward.detect.correlate.rule import Correlation
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Standing
from watchward.detect.sigma.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What raises alerts, the rules that only serve correlations, and how many rules are on trial or off."""

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...]
    serving: tuple[Rule, ...]
    on_trial: int = 0
    off: int = 0


def read(folders: Sequence[Path], *, cache: Path | None = None) -> InForce:
    """The rules of some folders that are in force."""
    there = [folder for folder in folders if folder.exists()]
    decided = lives.decided_of(there)
    found = lives.load(there, cache=cache, decided=decided)
    rules = [one for one in found.rules if one.digest not in found.trial]
    correlations = [one for one in found.correlations if one.id not in found.trial_correlations]
    return InForce(
        rules=tuple(one for one in rules if one.id not in found.silent),
        correlations=tuple(one for one in correlations if one.id not in found.silent),
        serving=tuple(one for one in rules if one.id in found.silent),
        on_trial=len(found.trial) + len(found.trial_correlations),
        off=sum(standing is Standing.OFF for standing in decided.standings.values()),
    )


def mark(folders: Sequence[Path]) -> str:
    """What changes when a file of rules or of decisions in one of the folders does: locks and drafts come and go."""
    digest = sha256()
    for folder in folders:
        for parent, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if not name.endswith((".yml", ".yaml")) and name != lives.FILE:
                    continue
                status = Path(parent, name).stat()
                digest.update(f"{parent}/{name} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()[:16]
