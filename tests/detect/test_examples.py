"""Every published rule, exercised by events made from its own text; the verdicts come from a plain second reading."""

import random
from collections import defaultdict
from itertools import islice

import pytest

from detect.examples.exercise import batch_of, exercised
from detect.examples.reading import holds
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.detect.sigma.logsource import applies

ROWS = 20_000
"""Events that are matched at once."""

OTHERS = 3_000
"""Pairs of an event and a rule that it was not made for, of each batch: so many that match, and as many at random."""

CONTRADICTS_ITSELF = {"53d4bb30-3f36-4e8a-b078-69d36c4a79ff"}
"""One field equals a word, and is to hold an expression that the word does not (docs/reference/sigmahq.md)."""


@pytest.mark.shared
def test_every_published_rule_matches_events_made_from_it_and_leaves_those_that_are_nearly_so(shared_data, tmp_path):
    published = list(exercised(shared_data / "sigma", tmp_path))
    verdicts = {one.rule.id: {example.matches for example in one.examples} for one in published}

    assert len(published) > 3700
    assert {rule for rule, found in verdicts.items() if found != {True, False}} <= CONTRADICTS_ITSELF
    assert list(islice(wrong_by_the_reference(published), 10)) == []
    assert list(islice(wrong_by_the_plan(published), 10)) == []


def wrong_by_the_reference(published):
    for one in published:
        for example in one.examples:
            if matches(one.rule.condition, dict(example.event)) != example.matches:
                yield one.rule.path.name, example


def wrong_by_the_plan(published):
    """Events of all rules, shuffled, in large batches; each with the rule it was made for, and some with others."""
    compiled = plan.compile([one.rule for one in published])
    made = [(number, example) for number, one in enumerate(published) for example in one.examples]
    chance = random.Random(11)  # noqa: S311 - a sample, not a secret
    chance.shuffle(made)
    for begin in range(0, len(made), ROWS):
        part = made[begin : begin + ROWS]
        found = compiled.match(batch_of((published[number].rule.logsource, dict(one.event)) for number, one in part))
        told = set(zip(found.rows.tolist(), found.rules.tolist(), strict=True))
        for row, (number, example) in enumerate(part):
            if ((row, number) in told) != example.matches:
                yield published[number].rule.path.name, example
        yield from _wrong_of_others(published, part, told, chance)


def _wrong_of_others(published, part, told, chance):
    alike = defaultdict(list)
    for number, one in enumerate(published):
        alike[one.rule.logsource].append(number)
    sources = [published[number].rule.logsource for number, _ in part]
    pairs = chance.sample(sorted(told), min(OTHERS, len(told)))
    pairs += [(row, chance.choice(alike[sources[row]])) for row in chance.choices(range(len(part)), k=OTHERS)]
    for row, number in pairs:
        source, other = sources[row], published[number]
        reads = applies(other.rule.logsource, source.product, source.category, source.service)
        if (reads and holds(other.formula, dict(part[row][1].event))) != ((row, number) in told):
            yield other.rule.path.name, part[row][1]
