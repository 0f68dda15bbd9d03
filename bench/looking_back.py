"""How fast rules look back over a lake of some millions of stored events.

    python bench/looking_back.py LAKE [RULE.yml ...]

LAKE is a folder with `events/<day>/*.parquet`, as a node keeps it. Figures are processor time on one core.
"""

import sys
import time
from pathlib import Path

from watchward.lake.catalogue import Wanted
from watchward.node.lookback.choosing import choice_in
from watchward.node.lookback.look import look_back

FIELDS = """title: Sign-ins that failed
logsource: {product: windows, service: security}
detection: {s: {EventID: 4625}, condition: s}
"""
PROCESS = r"""title: A shell that an Office program started
logsource: {product: windows, category: process_creation}
detection:
  s: {ParentImage|endswith: ['\\winword.exe', '\\excel.exe'], Image|endswith: ['\\cmd.exe', '\\powershell.exe']}
  condition: s
"""
KEYWORDS = """title: A word anywhere
logsource: {product: windows}
detection: {k: [mimikatz], condition: k}
"""
TOGETHER = """title: Many sign-ins failed
correlation: {type: event_count, rules: [failed], group-by: [device], timespan: 1h, condition: {gte: 5}}
level: high
---
title: Sign-ins that failed
name: failed
logsource: {product: windows, service: security}
detection: {s: {EventID: 4625}, condition: s}
"""


def main() -> None:
    """Print the table."""
    lake = Path(sys.argv[1])
    texts = {"fields": FIELDS, "processes": PROCESS, "a correlation": TOGETHER, "keywords": KEYWORDS}
    texts |= {path: Path(path).read_text() for path in sys.argv[2:]}
    for name, text in texts.items():
        choice, best = choice_in(text, []), float("inf")
        for _ in range(3):
            started = time.process_time()
            found = look_back(lake, choice, wanted=Wanted(), processes=1)
            best = min(best, time.process_time() - started)
        rate = found.events / best
        print(f"{name:30} {found.events:>10,} events {best:7.2f} s {rate:>12,.0f} a second {found.alerts:>7,} alerts")


if __name__ == "__main__":
    main()
