"""How long the order of alerts takes to follow a change: of an organisation's map, of what a rule turned out to be.

`python bench/alert_order.py` makes an acute trust on its template with forty devices on its map and 10,000 open alerts
of a hundred rules. Figures are processor time (user and system), the best of several; compiled loops are loaded before.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

ALERTS, RULES, DEVICES, EQUIPMENT, TIMES = 10_000, 100, 500, 40, 5
NOW = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        prepare(Path(temporary))
        trust = organisation()
        alerts(trust)
        equip(trust, "As the register of servers has it")
        print(f"{'what changes':<66}{'seconds':>9}")
        for what, change in scenes(trust):
            change()
            print(f"{what:<66}{min(timed(change) for _ in range(TIMES)):>9.3f}", flush=True)
    return 0


def prepare(home: Path) -> None:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)


def organisation():
    from watchward.console.estate.models import Organisation

    return Organisation.objects.create(code="XT1", name="Elm Hospitals Trust", kind="trust", path="/XT1/")


def alerts(trust) -> None:
    from watchward.console.detect.models import Alert, Rule
    from watchward.console.detect.ordering import order_for
    from watchward.detect.sigma.rule import Level

    rng, levels = random.Random(4), list(Level)
    rules = [Rule(id=f"rule-{n}", title=f"Rule {n}", level=levels[n % len(levels)].rank) for n in range(RULES)]
    Rule.objects.bulk_create(rules)
    order = order_for([trust], [rule.pk for rule in rules])
    made = []
    for n in range(ALERTS):
        rule = rng.choice(rules)
        alert = Alert(
            id=UUID(int=n), rule=rule, organisation=trust, organisation_path=trust.path, level=rule.level, count=1,
            device=f"srv-{rng.randrange(DEVICES)}", importance=rng.choice([2, 2, 2, 3, 4]), revision=1,
            first_at=NOW, last_at=NOW, received_at=NOW, received_last_at=NOW,
        )  # fmt: skip
        order.place(alert)
        made.append(alert)
    Alert.objects.bulk_create(made, batch_size=500)


def equip(trust, reason: str) -> None:
    """Forty servers, each carrying one of the systems of the template."""
    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.care import actions, adapters
    from watchward.estate.care.dependency import Dependency
    from watchward.estate.care.map import CareMap
    from watchward.estate.care.system import Equipment
    from watchward.estate.care.tables import Read

    systems = [one.id for one in adapters.part_of(trust).care.systems]
    devices = [Equipment(id=f"XT1/device/{n}", organisation="XT1", name=f"SRV-{n}") for n in range(EQUIPMENT)]
    needs = [Dependency(consumer=systems[n % len(systems)], provider=one.id) for n, one in enumerate(devices)]
    brought = actions.Brought(found=Read(care=CareMap(equipment=tuple(devices), dependencies=tuple(needs)), origins={}))
    actions.import_maps(
        by=Service(name="bench"), organisations=[trust], brought=brought, reason=reason, clock=SystemClock()
    )


def scenes(trust):
    from watchward.console.detect import stakes
    from watchward.console.detect.models import RuleRecord

    RuleRecord.objects.create(rule_id="rule-3")

    def rule() -> None:
        record = RuleRecord.objects.get()
        record.not_real += 1
        record.save()
        stakes.reorder_rule(record)

    return [
        (f"the map: {EQUIPMENT} devices, {ALERTS:,} alerts ordered", lambda: stakes.work_out(trust)),
        (f"of that, ordering {ALERTS:,} alerts of {RULES} rules", lambda: stakes.reorder(trust)),
        (f"a rule: {ALERTS // RULES} of its alerts ordered", rule),
    ]


def timed(change) -> float:
    began = time.process_time()
    change()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
