"""How fast STIX is read: objects of a bundle, and exact values of indicators' patterns. Figures are of processor time.

python bench/stix.py
"""

import time
from uuid import uuid4

import msgspec

from watchward.intel.pattern import observables
from watchward.intel.stix import read

RUNS = 3
PATTERNS = {
    "one address": lambda n: f"[ipv4-addr:value = '198.51.{n % 256}.{n // 256 % 256}']",
    "one name": lambda n: f"[domain-name:value = 'a{n}.evil.example']",
    "one URL": lambda n: f"[url:value = 'http://a{n}.evil.example/x?y={n}']",
    "two digests": lambda n: f"[file:hashes.'SHA-256' = '{n:064x}' OR file:hashes.MD5 = '{n:032x}']",
    "in parentheses": lambda n: f"([domain-name:value = 'a{n}.evil.example'])",
}


def best(work, count):
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent) / count


def an_indicator(number):
    return {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid4()}", "created": "2026-03-01T09:00:00.0Z",
        "modified": f"2026-03-01T09:00:00.{number % 1_000_000:06}Z", "name": f"Evil {number}", "pattern_type": "stix",
        "pattern": f"[domain-name:value = 'a{number}.evil.example']", "valid_from": "2026-03-01T09:00:00Z",
        "created_by_ref": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff", "labels": ["malicious-activity"],
    }  # fmt: skip


def main():
    print("| what | a second | a million in |")
    print("|---|---|---|")
    whole = msgspec.json.encode({"type": "bundle", "objects": [an_indicator(number) for number in range(20_000)]})
    rows = [("objects of a bundle", best(lambda: read(whole), 20_000))]
    for name, made in PATTERNS.items():
        patterns = [made(number) for number in range(20_000)]
        rows.append(
            (f"patterns: {name}", best(lambda patterns=patterns: [observables(one) for one in patterns], 20_000))
        )
    for name, each in rows:
        print(f"| {name} | {1 / each:,.0f} | {each * 1e6:.1f} s |")


if __name__ == "__main__":
    main()
