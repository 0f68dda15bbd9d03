"""An indicator's pattern as what `detect` runs: rules, and correlations where several observations are asked for.

What alerts bears the indicator's id; where a pattern needs more, the others' ids go on with `#` and a number.
"""

from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from watchward.detect.correlate import rule as correlate
from watchward.detect.correlate.resolve import resolved
from watchward.detect.correlate.rule import Bound, Bounds, Correlation, Kind, Relation
from watchward.detect.correlate.terms import alternatives
from watchward.detect.sigma.document import parse as parse_rules
from watchward.detect.sigma.errors import CorrelationError
from watchward.detect.sigma.ir import Condition, Regex, Some, leaves
from watchward.detect.sigma.rule import Level, LogSource, Rejected, Rule
from watchward.detect.texts.regex import size
from watchward.intel.errors import PatternError, SlowError
from watchward.intel.pattern.conditions import condition_of, tells
from watchward.intel.pattern.parse import parse
from watchward.intel.pattern.syntax import (
    AllOf,
    Between,
    Expression,
    Observed,
    OneOf,
    Repeats,
    Sequence,
    Within,
    written,
)
from watchward.intel.stix.timestamps import moment

WINDOW: Final = timedelta(days=1)
"""How long observations may lie apart where a pattern does not say."""

LONGEST: Final = timedelta(days=400)
"""The longest that it may say."""

MOST_RULES: Final = 63
"""Observations that one pattern may join."""

MOST_STEPS: Final = 2_000
"""Instructions that one expression may have; what counts repetitions of anything, such as `.{1000}`, has thousands."""

_SECOND: Final = 1_000_000


class UnrunError(PatternError):
    """A pattern in a language that Watchward keeps and shares, and does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of an indicator beside its pattern.

    Args:
        id: its STIX id, which its rule bears.
        title: what alerts are called by.
        pattern_type: the language of its pattern.

    """

    id: str
    title: str
    pattern_type: str = "stix"
    level: Level = Level.HIGH
    description: str = ""
    author: str = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A pattern, ready to be compiled into a plan and a program beside the rules of Sigma.

    Args:
        rules: for `detect.plan.compile`.
        correlations: for `detect.correlate.program.compile`, each after those that it reads.
        silent: the ids of those that serve a correlation and give no alerts of their own.
        notes: what is not looked for, or is understood otherwise than it is written, in sentences.
        start: before when, and `stop` from when on, the pattern means nothing; None where it does not say.

    """

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...] = ()
    silent: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    start: datetime | None = None
    stop: datetime | None = None


def indicator_of(rule_id: str) -> str:
    """The id of the indicator to which a rule or correlation belongs."""
    return rule_id.partition("#")[0]


def compile(pattern: str, about: About) -> Compiled:  # noqa: A001 - as for rules: the word of the contract
    """What an indicator asks for.

    Raises:
        UnrunError: its language is kept and not run.
        SlowError: it would cost too much in every event.
        PatternError: it is no pattern, or a part of it cannot be looked for; the part is named.

    """
    match about.pattern_type:
        case "stix":
            return _bounded(_Compiler(pattern, about).whole(parse(pattern)))
        case "sigma":
            return _bounded(_of_sigma(pattern, about))
        case _:
            raise UnrunError(
                f"A pattern of type {about.pattern_type[:40]!r} is kept and shared, and not run.",
                advice="Run it where it belongs: Snort and Suricata rules on a network sensor, YARA on files.",
            )


def _bounded(found: Compiled) -> Compiled:
    """What was made of a pattern, if no expression in it is so large that it may take long with any value."""
    for rule in found.rules:
        for leaf in leaves(rule.condition):
            if isinstance(leaf, Regex) and (steps := size(leaf.pattern, leaf.flags)) > MOST_STEPS:
                raise SlowError(
                    f"The expression {leaf.pattern[:100]!r} would cost too much in every event: it has {steps:,} "
                    f"steps, and {MOST_STEPS:,} are the most.",
                    advice="Count fewer repetitions, and say which characters may be repeated.",
                )
    return found


class _Compiler:
    """Makes rules and correlations of one pattern."""

    def __init__(self, pattern: str, about: About) -> None:
        self._about = about
        self._digest = sha256(f"{about.id}\0{pattern}".encode()).hexdigest()
        self._rules: list[Rule] = []
        self._correlations: list[Correlation] = []
        self._notes: list[str] = []

    def whole(self, expression: Expression) -> Compiled:
        """Everything that a pattern needs."""
        expression, start, stop = _times_of(expression)
        plain, joined = _alternatives(expression)
        alerting = [self._rule(plain)] if plain else []
        alerting += [self._joined(one) for one in joined]
        serving = {rule for one in self._correlations for rule in one.rules}
        named = {alerting[0]: self._about.id}
        return Compiled(
            rules=tuple(replace(one, id=named.get(one.id, one.id)) for one in self._rules),
            correlations=tuple(replace(one, id=named.get(one.id, one.id)) for one in self._correlations),
            silent=frozenset(serving),
            notes=tuple(dict.fromkeys(self._notes)),
            start=start,
            stop=stop,
        )

    def _id(self) -> str:
        made = len(self._rules) + len(self._correlations)
        if made > MOST_RULES:
            raise PatternError("The pattern joins too many observations.", advice=f"{MOST_RULES} are the most.")
        return f"{self._about.id}#{made + 1}"

    def _rule(self, plain: Several[Observed]) -> str:
        """A rule that any of some observations meets."""
        conditions: list[Condition] = []
        failed: list[PatternError] = []
        for one in plain:
            try:
                conditions.append(self._condition(one))
            except PatternError as error:
                failed.append(error)
        if not conditions:
            raise failed[0]
        self._notes.extend(f"Not looked for: {error.message}" for error in failed)
        condition = conditions[0] if len(conditions) == 1 else Some(tuple(conditions))
        about = self._about
        made = Rule(
            id=self._id(),
            title=about.title,
            level=about.level,
            status="",
            description=about.description,
            author=about.author,
            references=about.references,
            tags=about.tags,
            falsepositives=(),
            fields=(),
            logsource=LogSource(),
            path=Path(about.id),
            line=1,
            condition=condition,
            digest=f"{self._digest}:{len(self._rules) + len(self._correlations)}",
        )
        self._rules.append(made)
        return made.id

    def _condition(self, one: Observed) -> Condition:
        found = condition_of(one.test, self._notes)
        if not tells(found):
            raise _refused(one, "nearly every event would meet it")
        return found

    def _joined(self, expression: Expression) -> str:
        """A correlation for what several observations say together."""
        window, expression = self._window(expression)
        match expression:
            case Repeats(part, times):
                return self._counted(expression, part, times, window)
            case Sequence(parts):
                return self._ordered(expression, _flat(parts, Sequence), window)
            case AllOf() | OneOf():
                rules: list[str] = []
                condition = self._tree(expression, rules)
                self._check(condition, tuple(rules))
                return self._correlation(Kind.TEMPORAL, tuple(rules), window, condition)
            case _:
                raise _refused(expression, "it joins observations in a way that correlations do not")

    @staticmethod
    def _check(condition: correlate.Expression, rules: tuple[str, ...]) -> None:
        try:
            alternatives(condition, rules, Kind.TEMPORAL)
        except CorrelationError as error:
            raise PatternError(f"The pattern cannot be looked for: {error.message}.", advice=error.advice) from None

    def _window(self, expression: Expression) -> tuple[timedelta, Expression]:
        if not isinstance(expression, Within):
            self._notes.append(f"Nothing says how far apart the observations may lie: {WINDOW.days} day is taken.")
            return WINDOW, expression
        if not 0 < expression.seconds <= LONGEST.total_seconds():
            raise _refused(expression, f"a window is longer than nothing, and {LONGEST.days} days at most")
        if isinstance(expression.part, Within):
            raise _refused(expression, "it has two windows")
        return timedelta(seconds=expression.seconds), expression.part

    def _counted(self, whole: Expression, part: Expression, times: int, window: timedelta) -> str:
        plain = _plain(part)
        if plain is None:
            raise _refused(whole, "only one observation at a time is counted")
        if times < 1:
            raise _refused(whole, "nothing is seen less than once")
        rule = self._rule(plain)
        return self._correlation(Kind.EVENT_COUNT, (rule,), window, _at_least(times))

    def _ordered(self, whole: Expression, parts: Several[Expression], window: timedelta) -> str:
        rules: list[str] = []
        for number, part in enumerate(parts):
            plain = _plain(part)
            if plain is not None:
                rules.append(self._rule(plain))
            elif number == 0 and isinstance(part, Within):
                rules.append(self._joined(part))
                self._notes.append(f"The window is counted from when this held: {written(part)[:200]}")
            else:
                raise _refused(whole, "only its first part may join observations, and needs a WITHIN of its own")
        return self._correlation(Kind.TEMPORAL_ORDERED, tuple(rules), window, _at_least(len(rules)))

    def _tree(self, expression: Expression, rules: list[str]) -> correlate.Expression:
        """ANDs and ORs of observations, in any order."""
        plain = _plain(expression)
        if plain is not None:
            rules.append(self._rule(plain))
            return correlate.Met(rules[-1])
        match expression:
            case AllOf(parts):
                return correlate.Every(tuple(self._tree(part, rules) for part in parts))
            case OneOf(parts):
                return correlate.Either(tuple(self._tree(part, rules) for part in parts))
            case _:
                raise _refused(expression, "it stands within an AND, where only observations are joined")

    def _correlation(
        self, kind: Kind, rules: tuple[str, ...], window: timedelta, condition: Bounds | correlate.Expression
    ) -> str:
        about = self._about
        made = Correlation(
            id=self._id(),
            title=about.title,
            level=about.level,
            description=about.description,
            author=about.author,
            references=about.references,
            tags=about.tags,
            kind=kind,
            rules=rules,
            timespan=round(window.total_seconds() * _SECOND),
            condition=condition,
            path=Path(about.id),
            line=1,
            digest=f"{self._digest}:{len(self._rules) + len(self._correlations)}",
        )
        self._correlations.append(made)
        return made.id


def _at_least(number: int) -> Bounds:
    return Bounds((Bound(Relation.GTE, number),))


def _refused(expression: Expression, reason: str) -> PatternError:
    return PatternError(
        f"{written(expression)[:300]} cannot be looked for: {reason}.",
        advice="It is kept and shared as it is. Say it in several indicators (docs/reference/stix.md).",
    )


def _times_of(expression: Expression) -> tuple[Expression, datetime | None, datetime | None]:
    """A pattern without the START and STOP that are for the whole of it, and these."""
    start, stop = None, None
    while isinstance(expression, Between):
        begins, ends = moment(expression.start), moment(expression.stop)
        start = begins if start is None else max(start, begins)
        stop = ends if stop is None else min(stop, ends)
        expression = expression.part
    _refuse_times(expression)
    return expression, start, stop


def _refuse_times(expression: Expression) -> None:
    match expression:
        case Between():
            raise _refused(expression, "START and STOP are for the whole pattern only")
        case Within(part) | Repeats(part):
            _refuse_times(part)
        case AllOf(parts) | OneOf(parts) | Sequence(parts):
            for part in parts:
                _refuse_times(part)
        case Observed():
            return


def _alternatives(expression: Expression) -> tuple[list[Observed], list[Expression]]:
    """What a pattern asks for any of: single observations, and what joins several."""
    plain, joined = list[Observed](), list[Expression]()
    for one in _flat((expression,), OneOf):
        found = _plain(one)
        if found is None:
            joined.append(one)
        else:
            plain.extend(found)
    return plain, joined


def _flat(parts: Several[Expression], kind: type[OneOf | Sequence]) -> list[Expression]:
    found: list[Expression] = []
    for part in parts:
        found.extend(_flat(part.parts, kind) if isinstance(part, kind) else (part,))
    return found


def _plain(expression: Expression) -> list[Observed] | None:
    """The single observations of which an expression asks for any one; None where it joins several."""
    match expression:
        case Observed():
            return [expression]
        case Within(part) | Repeats(part, 1):
            return _plain(part)
        case OneOf(parts):
            several = [_plain(part) for part in parts]
            return None if None in several else [one for some in several if some for one in some]
        case _:
            return None


def _of_sigma(pattern: str, about: About) -> Compiled:
    """The rules that a pattern of type `sigma` holds, the last of which bears the indicator's id."""
    found = parse_rules(pattern.encode(errors="replace"), Path(about.id))
    for one in found:
        if isinstance(one, Rejected):
            raise PatternError(f"The Sigma rule cannot be used: {one.reason}.", advice=one.advice)
    rules = [one for one in found if isinstance(one, Rule)]
    answer = resolved(rules, [one for one in found if isinstance(one, Correlation)])
    if answer.rejected or len(rules) + len(answer.correlations) != len(found) or not found:
        reason = answer.rejected[0].reason if answer.rejected else "it holds no rule, or a filter"
        raise PatternError(
            f"The Sigma rule cannot be used: {reason}.", advice="Give one rule, or a correlation with its rules."
        )
    ids = [one.id for one in rules] + [one.id for one in answer.correlations]
    last = len(ids) - 1
    named = {one: about.id if number == last else f"{about.id}#{number}" for number, one in enumerate(ids)}
    return Compiled(
        rules=tuple(replace(one, id=named[one.id]) for one in rules),
        correlations=tuple(
            replace(one, id=named[one.id], rules=tuple(named[rule] for rule in one.rules))
            for one in answer.correlations
        ),
        silent=frozenset(named[one] for one in answer.silent),
    )
