"""Rules taken apart: facts about single values, predicates over them, and rules over predicates.

A *fact* is one comparison with one value of one field. A *predicate* is all that one rule asks of one field, as a
formula over facts; rules that ask the same share it. A *rule* is then a formula over predicates. Each is decided at its
own pace: facts and predicates once for each distinct value, rules once for each row whose values point at them.

Some facts are slow to find: whether a value fits a wildcard or a regular expression, say. Each of these has a *guard*,
a formula over quick facts without which it is not so, and is asked only where everything else is decided. So has what
only a row as a whole can tell: whether two of its fields are the same, or whether it holds a keyword somewhere.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from watchward.detect.plan.formula import Either, Every, Fact, Formula, Unknown, anchors, facts, negated, replaced
from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    Condition,
    How,
    Leaf,
    Network,
    Not,
    Number,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
    leaves,
)
from watchward.detect.sigma.rule import Rule
from watchward.detect.texts.keywords import word_of
from watchward.detect.texts.literals import required
from watchward.detect.texts.values import fold

Guards = Mapping[int, Formula]
"""For each slow fact, by its number, what must be so before it can be."""

ROW = -1
"""In place of a field's number: the predicate is about a row as a whole."""


@dataclass(slots=True, kw_only=True)
class Predicate:
    """What a rule asks of one field, or of a row as a whole.

    Args:
        column: the number of the field, or `ROW`.
        condition: the same as a condition.
        formula: over facts; it never holds where no fact does, unless the predicate is eager.
        hopeful: the same over quick facts alone, what is slow to find being taken to be so.
        slow: the slow facts that the formula asks for.
        eager: no fact points at it, so that it must be asked of each value.

    """

    column: int
    condition: Condition
    formula: Formula
    hopeful: Formula
    slow: tuple[int, ...] = ()
    eager: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A rule as a formula over predicates.

    Args:
        formula: the rule; a fact below zero, `~number`, is that the event holds a word.
        hopeful: the same without predicates about the row as a whole, which are taken to hold.
        late: there are such predicates.

    """

    formula: Formula
    hopeful: Formula
    late: bool


@dataclass(slots=True)
class Parts:
    """All that some rules are made of, each thing under its number."""

    fields: list[str] = field(default_factory=list)
    facts: list[Leaf] = field(default_factory=list)
    guards: dict[int, Formula] = field(default_factory=dict)
    predicates: list[Predicate] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _numbered: dict[str, int] = field(default_factory=dict)
    _columns: dict[str, int] = field(default_factory=dict)
    _facts: dict[Leaf, int] = field(default_factory=dict)
    _predicates: dict[Condition, Fact] = field(default_factory=dict)
    _late: dict[int, Formula] = field(default_factory=dict)

    def column(self, name: str) -> int:
        """The number of a field."""
        number = self._columns.setdefault(name, len(self.fields))
        if number == len(self.fields):
            self.fields.append(name)
            self.fact(Absent(name))
        return number

    def fact(self, leaf: Leaf) -> int:
        """The number of a comparison."""
        number = self._facts.setdefault(leaf, len(self.facts))
        if number == len(self.facts):
            self.facts.append(leaf)
            self.column(leaf.field)
        return number

    def add(self, rule: Rule) -> None:
        """Take one rule apart."""
        found = self._question(rule.condition)
        if found.late and anchors(found.hopeful, _even) is None:
            found = self._question(rule.condition, eager=True)
        self.questions.append(found)

    def _question(self, condition: Condition, *, eager: bool = False) -> Question:
        formula = self._row(condition, eager=eager)
        late = any(number in self._late for number in facts(formula))
        return Question(formula=formula, hopeful=_hopeful(formula, self._late) if late else formula, late=late)

    def _row(self, condition: Condition, *, eager: bool = False) -> Formula:
        name = _single_field(condition)
        if name is not None:
            return self._predicate(name, condition, eager=eager)
        match condition:
            case All(parts):
                return Every(tuple(self._grouped(parts, All, eager=eager)))
            case Some(parts):
                return Either(tuple(self._grouped(parts, Some, eager=eager)))
            case Not(part):
                return negated(self._row(part, eager=eager))
            case SameAs(name, other):
                self.column(name)
                self.column(other)
                return self._later(condition)
            case _:
                raise AssertionError(condition)

    def _grouped(self, parts: Sequence[Condition], link: type[All | Some], *, eager: bool) -> Iterator[Formula]:
        """The formulas of linked parts: those about one field as one predicate, quick ones apart where any suffices."""
        groups: dict[tuple[str, bool], list[Condition]] = defaultdict(list)
        for part in parts:
            name = _single_field(part)
            if name is None:
                yield self._row(part, eager=eager)
            else:
                groups[name, link is Some and _is_slow(part)].append(part)
        for (name, _), group in groups.items():
            yield self._predicate(name, group[0] if len(group) == 1 else link(tuple(group)), eager=eager)

    def _predicate(self, name: str, condition: Condition, *, eager: bool) -> Formula:
        if name == ANYWHERE:
            return self._words(condition)
        known = self._predicates.get(condition)
        if known is None or (eager and known.number in self._late):
            known = self._predicates[condition] = self._new_predicate(self.column(name), condition, eager=eager)
        return known

    def _words(self, condition: Condition) -> Formula:
        """What keywords ask: of rows as a whole, guarded by words, for a word is only a part of a keyword."""
        match condition:
            case All(parts):
                return Every(tuple(map(self._words, parts)))
            case Some(parts):
                return Either(tuple(map(self._words, parts)))
            case Not(part):
                return negated(self._words(part))
            case _:
                return self._later(condition, word_of(condition))

    def _later(self, condition: Condition, word: str = "") -> Fact:
        """A predicate about the row as a whole; only a row that holds the word, if there is one, can meet it."""
        known = self._predicates.get(condition)
        if known is None:
            known = self._predicates[condition] = self._keep(
                Predicate(column=ROW, condition=condition, formula=Unknown(), hopeful=Unknown())
            )
            self._late[known.number] = Fact(~self._word(word)) if word else Unknown()
        return known

    def _word(self, word: str) -> int:
        number = self._numbered.setdefault(word, len(self.words))
        if number == len(self.words):
            self.words.append(word)
        return number

    def _new_predicate(self, column: int, condition: Condition, *, eager: bool) -> Fact:
        for asked, wanted in ((condition, True), (Not(condition), False)):
            formula = self._value(asked)
            found = self._about(column, asked, formula)
            if anchors(found.hopeful, _even) is not None:
                return self._keep(found, wanted=wanted)
        if eager:
            return self._keep(self._about(column, condition, self._value(condition), eager=True))
        return self._later(condition)

    def _about(self, column: int, condition: Condition, formula: Formula, *, eager: bool = False) -> Predicate:
        slow = tuple(sorted({number for number in facts(formula) if number in self.guards}))
        hopeful = _hopeful(formula, self.guards) if slow else formula
        return Predicate(column=column, condition=condition, formula=formula, hopeful=hopeful, slow=slow, eager=eager)

    def _keep(self, predicate: Predicate, *, wanted: bool = True) -> Fact:
        self.predicates.append(predicate)
        return Fact(len(self.predicates) - 1, wanted)

    def _value(self, condition: Condition) -> Formula:  # noqa: PLR0911 - one line for each kind of term
        """A condition on one field as a formula over facts."""
        match condition:
            case All(parts):
                return Every(tuple(map(self._value, parts)))
            case Some(parts):
                return Either(tuple(map(self._value, parts)))
            case Not(part):
                return negated(self._value(part))
            case Text(name, how, "", _) if how is not How.EQUALS:
                return Fact(self.fact(Absent(name)), wanted=False)
            case Text(name, how, text, False):
                return Fact(self.fact(Text(name, how, fold(text))))
            case Text() | Wildcard() | Regex():
                number = self.fact(condition)
                if number not in self.guards:
                    self.guards[number] = self._value(required(condition))
                return Fact(number)
            case Number() | Network() | TimePart() | Absent():
                return Fact(self.fact(condition))
            case SameAs():
                raise AssertionError(condition)
            case _:
                assert_never(condition)


def _hopeful(formula: Formula, guards: Guards) -> Formula:
    """The formula where every slow fact is taken to be so whose guard holds, and also not to be so."""

    def instead(fact: Fact) -> Formula:
        if fact.number not in guards:
            return fact
        return Every((guards[fact.number], Unknown())) if fact.wanted else Unknown()

    return replaced(formula, instead)


def _even(_: int) -> float:
    return 1.0


def _single_field(condition: Condition) -> str | None:
    """The one field that a condition reads, or None where it reads several, none, or compares two."""
    name = None
    for leaf in leaves(condition):
        if isinstance(leaf, SameAs) or leaf.field != (leaf.field if name is None else name):
            return None
        name = leaf.field
    return name


def _is_slow(condition: Condition) -> bool:
    return any(
        isinstance(leaf, Wildcard | Regex) or (isinstance(leaf, Text) and leaf.cased) for leaf in leaves(condition)
    )
