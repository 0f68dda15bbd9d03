"""What rules cost: counted with a clock that ticks at each look at it, so that nothing depends on the machine."""

import itertools
from functools import partial

from detect.builders import a_batch, rule_of
from watchward.detect.plan.plan import Plan
from watchward.detect.sigma.ir import How, Regex, Text, Wildcard

VALUES = [{"A": f"net user {number}", "B": "b"} for number in range(40)]
NEVER = Text("B", How.EQUALS, "c")


def matched(*conditions, batches=1):
    rules = [rule_of(condition, number) for number, condition in enumerate(conditions)]
    compiled = Plan(rules, clock=partial(next, itertools.count(0, 1000)))
    for _ in range(batches):
        compiled.match(a_batch(*VALUES))
    return compiled


def costs(*conditions, batches=1):
    return list(matched(*conditions, batches=batches).costs().values())


def test_a_rule_is_charged_for_its_expressions_and_for_the_rows_in_which_it_was_looked_at():
    never, searched, looked_at = costs(NEVER, Regex("A", r"net\s+user[^ ]"), Text("B", How.EQUALS, "b"))

    assert never == 0
    assert searched > 0
    assert looked_at > 0


def test_what_two_rules_ask_for_is_charged_to_both_by_halves():
    same = Wildcard("A", (("net",), ("user 1",), ("",)))

    one, two, third = costs(same, same, NEVER)

    assert one == two > third == 0


def test_what_was_spent_grows_with_every_batch_and_counts_its_events():
    once, thrice = (matched(Regex("A", "net.*1$"), batches=batches) for batches in (1, 3))

    assert once.spent()[0] == len(VALUES)
    assert thrice.spent()[0] == 3 * len(VALUES)
    assert thrice.spent()[1] > once.spent()[1] > sum(once.costs().values())


def test_values_that_were_seen_before_cost_nothing_again():
    expression = Regex("A", r"net\s+user[^ ]")

    assert costs(expression) == costs(expression, batches=3)
