"""Rules taken apart: facts about single values, predicates over them, and rules over predicates.

A *fact* is one comparison with one value of one field. A *predicate* is all that one rule asks of one field, as a
formula over facts; rules that ask the same share it. A *rule* is then a formula over predicates. Each is decided at its
own pace: facts and predicates once for each distinct value, rules once for each row whose values point at them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from watchward.detect.formula import Either, Every, Fact, Formula, Unknown, anchors, negated
from watchward.detect.ir import (
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
from watchward.detect.keywords import word_of
from watchward.detect.literals import required
from watchward.detect.rule import Rule
from watchward.detect.values import fold


@dataclass(slots=True, kw_only=True)
class Predicate:
    """What a rule asks of one field.

    Args:
        column: the number of the field.
        condition: the same as a condition, for where the formula cannot decide.
        formula: over facts; it never holds where no fact does, unless the predicate is eager.
        confirmed: the formula holds too often: the condition itself must confirm it.
        eager: nothing points at it, so that each value must be looked at.

    """

    column: int
    condition: Condition
    formula: Formula
    confirmed: bool = False
    eager: bool = False


@dataclass(slots=True, kw_only=True)
class Question:
    """A rule as a formula over predicates.

    Args:
        formula: it holds whenever the rule does; a fact below zero, `~number`, is that the event holds a word.
        confirmed: it holds more often: the event itself must confirm the rule.

    """

    formula: Formula
    confirmed: bool = False


@dataclass(slots=True)
class Parts:
    """All that some rules are made of, each thing under its number."""

    fields: list[str] = field(default_factory=list)
    facts: list[Leaf] = field(default_factory=list)
    predicates: list[Predicate] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _numbered: dict[str, int] = field(default_factory=dict)
    _columns: dict[str, int] = field(default_factory=dict)
    _facts: dict[Leaf, int] = field(default_factory=dict)
    _predicates: dict[Condition, Fact | Unknown] = field(default_factory=dict)

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
        formula = self._row(rule.condition)
        if anchors(formula, _even) is None and _has_unknown(formula):
            formula = self._row(rule.condition, eager=True)
        self.questions.append(Question(formula=formula, confirmed=_has_unknown(formula)))

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
                return Unknown()
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
        if known is None:
            known = self._predicates[condition] = self._new_predicate(self.column(name), condition)
        if eager and isinstance(known, Unknown):
            known = self._predicates[condition] = self._keep(
                Predicate(column=self.column(name), condition=condition, formula=Unknown(), confirmed=True, eager=True)
            )
        return known

    def _words(self, condition: Condition) -> Formula:
        """What keywords ask as a formula over words: it holds too often, for a word is only a part of a keyword."""
        match condition:
            case All(parts):
                return Every(tuple(map(self._words, parts)))
            case Some(parts):
                return Either(tuple(map(self._words, parts)))
            case Not(part):
                return negated(self._words(part))
            case _:
                word = word_of(condition)
                if not word:
                    return Unknown()
                number = self._numbered.setdefault(word, len(self.words))
                if number == len(self.words):
                    self.words.append(word)
                return Every((Fact(~number), Unknown()))

    def _new_predicate(self, column: int, condition: Condition) -> Fact | Unknown:
        for asked, wanted in ((condition, True), (Not(condition), False)):
            formula = self._value(asked)
            if anchors(formula, _even) is not None:
                found = Predicate(column=column, condition=asked, formula=formula, confirmed=_has_unknown(formula))
                return self._keep(found, wanted=wanted)
        return Unknown()

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
                quick = required(condition)
                return Unknown() if quick is None else Every((Fact(self.fact(quick)), Unknown()))
            case Number() | Network() | TimePart() | Absent():
                return Fact(self.fact(condition))
            case SameAs():
                return Unknown()
            case _:
                assert_never(condition)


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


def _has_unknown(formula: Formula) -> bool:
    match formula:
        case Every(parts) | Either(parts):
            return any(map(_has_unknown, parts))
        case Unknown():
            return True
        case Fact():
            return False
        case _:
            assert_never(formula)
