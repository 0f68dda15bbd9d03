"""What rules cost: counted with a clock that ticks at each look at it, so that nothing depends on the machine."""

import itertools
from functools import partial

from detect.builders import a_batch, rule_of
from watchward.detect.plan.budget import SECOND, Budget
from watchward.detect.plan.plan import Plan
from watchward.detect.sigma.ir import All, How, Regex, Text, Wildcard

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


class Clock:
    """Stands still but while an expression is looked for: each look at it then is a second after the one before."""

    def __init__(self, tick):
        self.now, self.tick = 0, tick

    def __call__(self):
        self.now += self.tick
        return self.now


def streamed(rules, budget, *, tick=1000, batches=6):
    compiled = Plan(rules, budget=budget, clock=Clock(tick))
    found = []
    for number in range(batches):
        events = [{"A": f"net user{number}-{one}", "B": "b"} for one in range(40)]
        found.append(sorted(set(compiled.match(a_batch(*events)).rules.tolist())))
    return compiled, found


EXPRESSIONS = [Regex("A", rf"net\s+user\d+-{'[0-9]?' * number}") for number in range(9)]
DEAR = rule_of(All(tuple(EXPRESSIONS)), 0)
CHEAP = rule_of(Text("B", How.EQUALS, "b"), 1)


def test_a_rule_that_costs_too_much_twice_running_is_set_aside_and_named_and_the_others_go_on():
    budget = Budget(share=0.1, least=1000, window=1)

    compiled, found = streamed([DEAR, CHEAP], budget)

    assert found[0] == found[1] == [0, 1]
    assert found[2:] == [[1]] * 4
    (aside,) = compiled.set_aside()
    assert compiled.rules[aside.rule].id == DEAR.id
    assert aside.nanoseconds > 1000


def test_a_rule_that_costs_little_an_event_is_kept_however_great_its_share():
    compiled, found = streamed([DEAR, CHEAP], Budget(share=0.1, least=SECOND, window=1))

    assert found == [[0, 1]] * 6
    assert not compiled.set_aside()


def test_without_a_budget_every_rule_is_matched_whatever_it_costs():
    compiled, found = streamed([DEAR, CHEAP], None, tick=100 * SECOND)

    assert found == [[0, 1]] * 6
    assert not compiled.set_aside()


def test_an_expression_is_not_looked_for_endlessly_within_one_batch():
    compiled, found = streamed([DEAR, CHEAP], Budget(batch=0), batches=3)

    assert found == [[1]] * 3
    (aside,) = compiled.set_aside()
    assert aside.unasked == 40 * len(EXPRESSIONS)


def test_what_a_rule_that_was_set_aside_shares_with_others_is_still_asked():
    asks_one = rule_of(EXPRESSIONS[0], 1)

    compiled, found = streamed([DEAR, asks_one], Budget(share=0.1, least=1000, window=1))

    assert found == [[0, 1]] * 2 + [[1]] * 4
    assert [aside.rule for aside in compiled.set_aside()] == [0]
