"""What rules cost: counted with a clock that ticks at each look at it, so that nothing depends on the machine."""

import itertools
from datetime import timedelta
from functools import partial

from detect.builders import NOON, a_batch, a_column, rule_of
from watchward.base.clock import HeldClock
from watchward.detect.plan.budget import LONGEST_PAUSE, SECOND, SHORTEST_PAUSE, Budget
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


def test_a_rule_that_costs_too_much_several_times_running_is_set_aside_and_named_and_the_others_go_on():
    budget = Budget(share=0.1, least=1000, window=1, running=2)

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


def test_an_expression_is_not_looked_for_endlessly_within_one_batch_and_its_rule_is_set_aside_if_that_goes_on():
    compiled, found = streamed([DEAR, CHEAP], Budget(batch=0, running=2), batches=3)

    assert found == [[1]] * 3
    (aside,) = compiled.set_aside()
    assert aside.unasked == compiled.unasked() == 2 * 40 * len(EXPRESSIONS)


EXPRESSION = Regex("A", r"net\s+user\d+")
LONG = [{"A": f"net user{number} " + 10_000 * "x", "B": "c"} for number in range(9)]
SHORT = [{"A": f"net user{number}", "B": "b"} for number in range(4)]


def test_costly_values_are_given_up_before_short_ones_and_a_few_of_them_set_no_rule_aside():
    compiled = Plan([rule_of(EXPRESSION)], budget=Budget(batch=5000), clock=Clock(1000))

    found = compiled.match(a_batch(*LONG, *SHORT))

    assert {9, 10, 11, 12} <= set(found.rows.tolist())
    assert compiled.unasked() == 13 - len(found.rows) > 0
    assert not compiled.set_aside()


def test_a_value_that_was_given_up_is_asked_where_it_comes_again():
    compiled = Plan([rule_of(EXPRESSION)], budget=Budget(batch=5000), clock=Clock(1000))
    first = set(compiled.match(a_batch(*LONG)).rows.tolist())

    (given_up, *_) = set(range(9)) - first

    assert compiled.match(a_batch(LONG[given_up])).rows.tolist() == [0]


LIMITED = Budget(share=0.1, least=1000, window=1, running=2)


def dear_until_set_aside(compiled, numbers):
    """Match new values until the rule is set aside; how often that took."""
    for count in range(1, 10):
        number = next(numbers)
        compiled.match(a_batch(*({"A": f"net user{number}-{one}", "B": "b"} for one in range(40))))
        if compiled.set_aside():
            return count
    raise AssertionError("the rule was not set aside")


def test_a_rule_that_was_set_aside_is_tried_again_and_finds_also_in_values_that_came_meanwhile():
    clock, event = HeldClock(at=NOON), {"A": "net user7-7", "B": "z"}
    compiled = Plan([DEAR, CHEAP], budget=LIMITED, clock=Clock(1000), now=clock.now)
    dear_until_set_aside(compiled, itertools.count(100))
    assert not len(compiled.match(a_batch(event)).rows)

    clock.advance(SHORTEST_PAUSE - timedelta(seconds=1))
    assert not len(compiled.match(a_batch(event)).rows)
    clock.advance(timedelta(seconds=1))

    assert compiled.match(a_batch(event)).rules.tolist() == [0]
    assert not compiled.set_aside()


def test_each_pause_is_twice_the_one_before_up_to_an_hour_and_short_again_after_a_good_while():
    clock, numbers, pauses = HeldClock(at=NOON), itertools.count(100), []
    compiled = Plan([DEAR, CHEAP], budget=LIMITED, clock=Clock(1000), now=clock.now)
    for _ in range(6):
        dear_until_set_aside(compiled, numbers)
        (aside,) = compiled.set_aside()
        assert aside.since == clock.now()
        pauses.append(aside.until - aside.since)
        clock.advance(pauses[-1])
        compiled.match(a_batch({"B": "b"}))
        assert not compiled.set_aside()
    clock.advance(LONGEST_PAUSE)
    dear_until_set_aside(compiled, numbers)

    assert [pause // timedelta(minutes=1) for pause in pauses] == [5, 10, 20, 40, 60, 60]
    (aside,) = compiled.set_aside()
    assert aside.until - aside.since == SHORTEST_PAUSE


def test_a_clock_that_is_set_back_does_not_prolong_a_pause():
    clock = HeldClock(at=NOON)
    compiled = Plan([DEAR, CHEAP], budget=LIMITED, clock=Clock(1000), now=clock.now)
    dear_until_set_aside(compiled, itertools.count(100))

    clock.advance(timedelta(days=-1))

    assert compiled.match(a_batch({"A": "net user7-7", "B": "z"})).rules.tolist() == [0]


def test_it_is_said_whose_text_was_looked_through_when_a_rule_was_set_aside():
    compiled = Plan([DEAR], budget=Budget(share=0, least=0, window=1, running=2), clock=Clock(1000))
    owners = a_column(["XA1"] * 30 + ["XB2"] * 10)
    for number in range(2):
        plain = [{"A": f"net user{number}-1", "B": f"{one} long {'and longer ' * 99}"} for one in range(30)]
        costly = [{"A": f"net user{number}-{one}{one}{'9' * 100}", "B": "b"} for one in range(10)]
        compiled.match(a_batch(*plain, *costly, organisation=owners))

    (aside,) = compiled.set_aside()
    assert (aside.organisation, aside.source) == ("XB2", "beats")


def test_what_a_rule_that_was_set_aside_shares_with_others_is_still_asked():
    asks_one = rule_of(EXPRESSIONS[0], 1)

    compiled, found = streamed([DEAR, asks_one], LIMITED)

    assert found == [[0, 1]] * 2 + [[1]] * 4
    assert [aside.rule for aside in compiled.set_aside()] == [0]
