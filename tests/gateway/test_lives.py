"""Decisions about rules take effect in a gateway at work, and cost no event and no match."""

import time

from gateway.gateways import GatewayProcess
from gateway.test_faults import RULE, Sender
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Standing
from watchward.detect.match import Purpose
from watchward.gateway import measured
from watchward.lake import journal

RULE_ID = "6f1c2a34-0000-4000-8000-000000000001"


def decide(home, standing):
    """As the console does: the file is replaced whole."""
    draft = home.rules / "lives.draft"
    draft.write_text(lives.text_of({RULE_ID: standing}))
    draft.replace(home.rules / lives.FILE)


def matches_in(home):
    return [match for _, entry in journal.read(home.journal) for match in entry.matches]


def until(home, purpose):
    """Wait until a match of this purpose is in the journal."""
    for _ in range(600):
        if any(match.purpose is purpose for match in matches_in(home)):
            return
        time.sleep(0.1)
    raise AssertionError(f"no match of purpose {purpose}")


def test_a_decision_takes_effect_while_senders_go_on_and_costs_no_event_and_no_match(home):
    (home.rules / "mark.yml").write_text(RULE)
    decide(home, Standing.TRIAL)
    gateway = GatewayProcess(home=home, tls=False)
    gateway.start()
    senders = [Sender(gateway, seed) for seed in (1, 2)]
    for sender in senders:
        sender.start()
    until(home, Purpose.TRIAL)
    decide(home, Standing.FORCE)
    until(home, Purpose.ALERT)
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join(timeout=60)
    assert gateway.end() == 0

    entries = [entry for _, entry in journal.read(home.journal)]
    found = [match for entry in entries for match in entry.matches]
    acknowledged = sum((sender.acknowledged for sender in senders), start=type(senders[0].acknowledged)())
    purposes = [match.purpose for match in found]

    assert sum(entry.events for entry in entries) == acknowledged.total()
    assert len(found) == sum(count for number, count in acknowledged.items() if number % 10 == 0)
    assert len({match.event_id for match in found}) == len(found)
    told = measured.told(home.journal)["g1"]  # since the decision, when the rules were compiled anew
    assert told.rules[RULE_ID].matches >= purposes.count(Purpose.ALERT)  # what is sent again is matched again
    assert told.events >= told.rules[RULE_ID].events > told.rules[RULE_ID].matches
    assert told.nanoseconds >= told.rules[RULE_ID].nanoseconds > 0
    assert purposes == sorted(purposes, key=[Purpose.TRIAL, Purpose.ALERT].index)


def test_a_rule_that_is_switched_off_matches_nothing_more(home):
    (home.rules / "mark.yml").write_text(RULE)
    decide(home, Standing.OFF)
    gateway = GatewayProcess(home=home, tls=False)
    gateway.start()
    sender = Sender(gateway, 3)
    sender.start()
    for _ in range(600):
        if sender.acknowledged.total() > 100:
            break
        time.sleep(0.1)
    sender.stopping.set()
    sender.join(timeout=60)
    gateway.end()

    assert sender.acknowledged.total() > 100
    assert matches_in(home) == []
