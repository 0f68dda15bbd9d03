"""Sigma filters: what is normal here, and so no match of the rules that a filter names (ADR 0123)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from watchward.detect.sigma import described
from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.ir import All, Condition, Not
from watchward.detect.sigma.rule import LogSource, Rule

_RULES_ADVICE = "Write `rules: any`, or list the names or ids of rules."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Events that are no match.

    Args:
        rules: the names and ids of the rules that it is for; none: every rule.
        logsource: it is for rules alone whose log source has all that this one says.
        hidden: what is no match.
        expires: from this day on (in UTC) it is out of force by itself.
        path: the file that it came from, and `line` where in that file it begins.
        digest: the SHA-256 (hex) of its file's bytes and its place among the rules of that file.

    """

    id: str
    title: str
    description: str
    author: str
    rules: tuple[str, ...]
    logsource: LogSource
    hidden: Condition
    expires: date | None = None
    path: Path
    line: int
    digest: str

    def in_force(self, on: date) -> bool:
        """Whether it still hides anything on a day."""
        return self.expires is None or on < self.expires

    def is_for(self, rule: Rule) -> bool:
        """Whether it changes a rule."""
        return self._fits(rule) and (not self.rules or any(called(rule, name) for name in self.rules))

    def missed(self, rules: Sequence[Rule]) -> list[str]:
        """The rules that it names and does nothing for: they are not there, or read other events."""
        return [name for name in self.rules if not any(called(rule, name) and self._fits(rule) for rule in rules)]

    def _fits(self, rule: Rule) -> bool:
        mine, theirs = self.logsource, rule.logsource
        return all(
            wanted is None or wanted == given
            for wanted, given in (
                (mine.product, theirs.product),
                (mine.category, theirs.category),
                (mine.service, theirs.service),
            )
        )


def called(rule: Rule, name: str) -> bool:
    """Whether a name or id is this rule's."""
    return name.lower() == rule.id or (name == rule.name and bool(name))


def filter_of(
    document: Mapping[str, object],
    condition_of: Callable[[object, str], Condition],
    *,
    path: Path,
    line: int,
    digest: str,
) -> Filter:
    """The filter in a rule document; `condition_of` reads a section of detections.

    Raises:
        RuleError: it is not valid Sigma.

    """
    section = document.get("filter")
    if not isinstance(section, dict):
        raise RuleError("its filter says nothing", advice="Give `filter` rules, a selection and a condition.")
    if not isinstance(section.get("condition"), str):
        raise RuleError(
            "a filter has exactly one condition",
            advice="Write, for example, `condition: selection`.",
            within=("filter", "condition"),
        )
    detections = {name: part for name, part in section.items() if name != "rules"}
    return Filter(
        id=described.identifier(document, digest),
        title=described.title(document),
        description=described.text(document, "description"),
        author=described.text(document, "author"),
        rules=_rules(section.get("rules")),
        logsource=described.log_source(document.get("logsource")),
        hidden=hidden_by(condition_of(detections, "filter"), str(section["condition"])),
        expires=_expiry(document.get("expires")),
        path=path,
        line=line,
        digest=digest,
    )


def _expiry(given: object) -> date | None:
    try:
        return None if given is None else date.fromisoformat(str(given))
    except ValueError as error:
        advice = "Write the day from which it is out of force, for example `expires: 2027-03-01`."
        raise RuleError("its expiry is no day", advice=advice, within=("expires",)) from error


def _rules(given: object) -> tuple[str, ...]:
    match given:
        case str() if given.strip().lower() == "any":
            return ()
        case str() if given.strip():
            return (given.strip(),)
        case list() if all(isinstance(name, str) and name.strip() for name in given):
            return tuple(dict.fromkeys(name.strip() for name in given))
        case _:
            raise RuleError("it does not say which rules it is for", advice=_RULES_ADVICE, within=("filter", "rules"))


def hidden_by(condition: Condition, written: str) -> Condition:
    """What a filter with this condition hides: one of negations alone says what is kept, any other what is hidden."""
    # pySigma takes a third of a second to import, which a start from the cache need not pay.
    from watchward.detect.sigma.detection import only_negates  # noqa: PLC0415

    if not only_negates(written):
        return condition
    return condition.part if isinstance(condition, Not) else Not(condition)


def applied(rules: Sequence[Rule], filters: Sequence[Filter]) -> tuple[Rule, ...]:
    """The rules, each with the filters that are for it added as "and not"."""
    return tuple(_filtered(rule, [one.hidden for one in filters if one.is_for(rule)]) for rule in rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What one filter hides of one rule, as a rule that matches just that: to be counted, and for nothing else.

    `filter` and `of` are the ids of the filter and of the rule; what counts has an id of its own.
    """

    filter: str
    of: str
    rule: Rule


def hidden_of(rules: Sequence[Rule], filters: Sequence[Filter]) -> tuple[Hidden, ...]:
    """What filters hide of the rules that they name; those for any rule are not counted: that would double all rules.

    Args:
        rules: without filters.
        filters: those that are in force.

    """
    return tuple(
        Hidden(filter=one.id, of=rule.id, rule=_counted(rule, one))
        for one in filters
        if one.rules
        for rule in rules
        if one.is_for(rule)
    )


def _counted(rule: Rule, one: Filter) -> Rule:
    condition = All((rule.condition, one.hidden))
    return replace(
        rule, id=f"{one.id} hides {rule.id}", condition=condition, digest=f"{one.digest} hides {rule.digest}"
    )


def _filtered(rule: Rule, hidden: list[Condition]) -> Rule:
    if not hidden:
        return rule
    return replace(rule, condition=All((rule.condition, *(Not(one) for one in dict.fromkeys(hidden)))))
