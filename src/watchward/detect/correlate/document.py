"""From the `correlation` section of a rule document to what it asks.

pySigma refuses ranges, rules named by UUID in a boolean condition, `value_min` and `value_max`, all of which
Sigma 2.1 has; so the section is read here.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from watchward.detect.correlate.expression import expression_of
from watchward.detect.correlate.rule import Bound, Bounds, Correlation, Expression, Kind, Relation, rules_of
from watchward.detect.correlate.terms import alternatives
from watchward.detect.sigma import described
from watchward.detect.sigma.errors import CorrelationError

MOST_RULES = 63
"""Rules that one temporal correlation may join: as many as a machine word has bits, less the sign."""

MOST_FIELDS = 16

_SECOND = 1_000_000
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
_TIMESPAN = re.compile(r"([0-9]{1,9})([smhdwMy])")
LONGEST_TIMESPAN = 400 * 86_400 * _SECOND
"""Microseconds; a little more than a year."""


def correlation_of(document: Mapping[str, object], *, path: Path, line: int, digest: str) -> Correlation:
    """The correlation in a rule document; the rules that it names are not looked for yet.

    Raises:
        CorrelationError or RuleError: it is not valid Sigma; `within` leads to the part that is not.

    """
    section = _section(document)
    kind = _kind(section.get("type"))
    condition, rules = _condition(section, kind)
    alternatives(condition, rules, kind)  # refuses those that are too many
    return Correlation(
        id=described.identifier(document, digest),
        title=described.title(document),
        name=described.text(document, "name"),
        level=None if document.get("level") is None else described.level(document["level"]),
        status=described.text(document, "status"),
        description=described.text(document, "description"),
        author=described.text(document, "author"),
        references=described.texts(document, "references"),
        tags=described.texts(document, "tags"),
        falsepositives=described.texts(document, "falsepositives"),
        kind=kind,
        rules=rules,
        group_by=_names(section.get("group-by"), "group-by"),
        timespan=_timespan(section.get("timespan")),
        condition=condition,
        fields=_fields(section, kind),
        percentile=_percentile(section, kind),
        aliases=_aliases(section.get("aliases")),
        generate=_generate(section.get("generate", document.get("generate"))),
        path=path,
        line=line,
        digest=digest,
    )


def _section(document: Mapping[str, object]) -> Mapping[str, object]:
    section = document.get("correlation")
    if not isinstance(section, dict):
        raise _error("its correlation says nothing", "Give `correlation` a type, rules, a timespan and a condition.")
    return section


def _error(reason: str, advice: str, *within: str) -> CorrelationError:
    return CorrelationError(reason, advice=advice, within=("correlation", *within))


def _kind(given: object) -> Kind:
    try:
        return Kind(str(given).lower())
    except ValueError:
        said = "it has no type" if given is None else f"the correlation type {given!r} is unknown"
        raise _error(said, f"Use one of {', '.join(Kind)}.", "type") from None


def _names(given: object, key: str) -> tuple[str, ...]:
    """A list of names, or one name."""
    found = given if isinstance(given, list) else [] if given is None else [given]
    if not all(isinstance(name, str | int) and str(name).strip() for name in found):
        raise _error(f"`{key}` is not a list of names", f"Give `{key}` names, one a line.", key)
    names = tuple(str(name).strip() for name in found)
    if len(set(names)) < len(names):
        raise _error(f"`{key}` names something twice", "Name each once.", key)
    if len(names) > max(MOST_RULES, MOST_FIELDS):
        raise _error(f"`{key}` has {len(names)} names", f"{MOST_RULES} are the most.", key)
    return names


def _timespan(given: object) -> int:
    found = _TIMESPAN.fullmatch(str(given).strip()) if given is not None else None
    span = int(found[1]) * _UNITS[found[2]] * _SECOND if found else 0
    if not 0 < span <= LONGEST_TIMESPAN:
        said = "it has no timespan" if given is None else f"the timespan {given!r} is not one"
        raise _error(
            said, "Write a number with s, m, h or d, such as `timespan: 90m`; 400d is the longest.", "timespan"
        )
    return span


def _condition(section: Mapping[str, object], kind: Kind) -> tuple[Bounds | Expression, tuple[str, ...]]:
    """The condition, and the rules that the correlation reads."""
    given, rules = section.get("condition"), _names(section.get("rules"), "rules")
    temporal = kind in {Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}
    if isinstance(given, str) and temporal:
        expression = expression_of(given)
        named = tuple(dict.fromkeys(rules_of(expression)))
        return expression, _agreed(rules, named)
    if not rules:
        raise _error("it names no rules", "List under `rules` the names or ids of the rules that it reads.", "rules")
    if given is None and temporal:
        return Bounds((Bound(Relation.GTE, len(rules)),)), rules
    if not isinstance(given, dict):
        raise _error(
            "its condition is missing or is not one",
            "Write, for example, `condition: {gte: 10}`; a text joins rules, and is for temporal correlations alone.",
            "condition",
        )
    return Bounds(_bounds(given, kind)), rules


def _agreed(listed: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    if not listed:
        return named
    for some, others, said in (
        (named, listed, "does not list"),
        (listed, named, "lists, but its condition does not use,"),
    ):
        if missing := [name for name in some if name not in others]:
            raise _error(
                f"it {said} the rule {missing[0]}", "List exactly the rules that the condition joins.", "condition"
            )
    return listed


def _bounds(given: Mapping[object, object], kind: Kind) -> tuple[Bound, ...]:
    known = {*Relation, "field", "percentile"}
    if unknown := [key for key in given if key not in known]:
        raise _error(f"its condition has {unknown[0]!r}", f"Use {', '.join(Relation)} and `field`.", "condition")
    bounds = tuple(Bound(one, _number(given[one], one)) for one in Relation if one in given)
    if not bounds:
        raise _error("its condition compares with nothing", "Write, for example, `gte: 10`.", "condition")
    if kind is Kind.TEMPORAL_ORDERED and not all(bound.relation in {Relation.GT, Relation.GTE} for bound in bounds):
        raise _error(
            "rules in their order can only be counted with gt or gte",
            "Use `gte`, or a boolean condition such as `rule_a and rule_b`.",
            "condition",
        )
    return bounds


def _number(given: object, key: str) -> float:
    try:
        number = float(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _error(f"{given!r} is not a number", f"Give `{key}` a number.", "condition", key)
    return int(number) if number.is_integer() else number


def _fields(section: Mapping[str, object], kind: Kind) -> tuple[str, ...]:
    condition = section.get("condition")
    given = condition.get("field") if isinstance(condition, dict) else None
    fields = _names(given, "field")
    counts_values = kind not in {Kind.EVENT_COUNT, Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}
    if counts_values and not fields:
        raise _error(f"{kind} needs a field", "Say in the condition which: `field: User`.", "condition")
    if not counts_values and fields:
        raise _error(f"{kind} counts no field's values", "Leave `field` out, or use value_count.", "condition", "field")
    if len(fields) > (MOST_FIELDS if kind is Kind.VALUE_COUNT else 1):
        raise _error(f"{kind} cannot use {len(fields)} fields", "Give one field.", "condition", "field")
    return fields


def _percentile(section: Mapping[str, object], kind: Kind) -> float:
    condition = section.get("condition")
    given = condition.get("percentile") if isinstance(condition, dict) else None
    if kind is not Kind.VALUE_PERCENTILE:
        if given is not None:
            raise _error(
                f"{kind} has no percentile", "Leave it out, or use value_percentile.", "condition", "percentile"
            )
        return 50.0
    if given is None:
        raise _error(
            "it does not say which percentile is compared",
            "Add `percentile: 95` to the condition: a number from 0 to 100.",
            "condition",
        )
    number = _number(given, "percentile")
    if not 0 <= number <= 100:  # noqa: PLR2004 - a percentage
        raise _error(f"there is no percentile {given!r}", "Give a number from 0 to 100.", "condition", "percentile")
    return float(number)


def _aliases(given: object) -> dict[str, dict[str, str]]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(mapping, dict) for mapping in given.values()):
        raise _error("`aliases` is not a mapping", "Give each alias a field for each rule.", "aliases")
    return {str(alias): {str(rule): str(field) for rule, field in mapping.items()} for alias, mapping in given.items()}


def _generate(given: object) -> bool:
    if given is not None and not isinstance(given, bool):
        raise _error("`generate` is neither true nor false", "Write `generate: true`, or leave it out.", "generate")
    return bool(given)
