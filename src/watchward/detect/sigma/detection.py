"""From a rule's `detection` to its condition, by pySigma's parse.

pySigma knows the language: modifiers, escapes, selectors, how lists and maps are linked. What it lacks is supplied
before it looks: the modifier `utf16le`, and numbers under modifiers that compare text.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import TYPE_CHECKING, cast

import sigma.conditions as parsed
import sigma.types as typed
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.rule.detection import SigmaDetection, SigmaDetections

from watchward.detect.sigma.errors import PlaceholderError, RuleError
from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    Condition,
    How,
    Network,
    Not,
    Number,
    Order,
    Part,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.sigma.placeholders import FILE, NONE, Values
from watchward.detect.sigma.written import Fraction, Whole, as_written
from watchward.detect.texts.regex import Engine

if TYPE_CHECKING:
    from sigma.policy.regex_engine import RegexEngine

LONGEST_TEXT = 4096
"""Characters that one value of a rule may have."""

MOST_RESOLVED = 10_000
"""Texts that one value of a rule may become by the site's placeholders."""

LONGEST_CONDITION = 4000
"""Characters; the longest in use has some 300."""

_TEXT_MODIFIERS = {
    *("base64", "base64offset", "cased", "cidr", "contains", "endswith", "expand", "fieldref", "re", "startswith"),
    *("utf16", "utf16be", "utf16le", "wide", "windash"),
}
_COMPARING = {"lt", "lte", "gt", "gte"}
_INEXACT = 2**53
"""From here on pySigma loses digits of a number; as text it keeps them."""

_OTHER_DASHES = re.compile(r"\B[\u2013\u2014\u2015]\b")
"""The dashes that `windash` exchanges beside those that pySigma looks for."""

_ESCAPED_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*)\\%")
_PLAIN_PERCENT = "\ue025"
"""Stands for a percent sign that opens no placeholder until pySigma has looked for those; it is nobody's character."""

_STUMBLES = (TypeError, AttributeError, ValueError, KeyError)  # what pySigma raises where it meets an unexpected shape
POLICY = SigmaPolicy(regex_engine=cast("RegexEngine", Engine()))
_MODIFIER_ADVICE = "Use the modifiers of Sigma 2: see https://sigmahq.io/docs/basics/modifiers.html."

_ORDERS = {
    typed.CompareOperators.LT: Order.LESS,
    typed.CompareOperators.LTE: Order.AT_MOST,
    typed.CompareOperators.GT: Order.MORE,
    typed.CompareOperators.GTE: Order.AT_LEAST,
}


def condition_of(detection: Mapping[str, object], placeholders: Values = NONE) -> Condition:
    """The condition that a rule's `detection` section means; several conditions mean any of them.

    Args:
        detection: the section.
        placeholders: what the site's placeholders stand for.

    Raises:
        RuleError: the section is not valid Sigma; `within` leads to the part that is not.
        PlaceholderError: it has a placeholder for which the site gives no values.

    """
    plain = checked(detection)
    try:
        sections = SigmaDetections.from_dict(plain, policy=POLICY)
        trees = [condition.parse() for condition in sections.parsed_condition]
        return some_of([_term(tree, placeholders) for tree in trees])
    except PlaceholderError:
        raise
    except (SigmaError, RuleError, *_STUMBLES) as error:
        raise _located(error, plain) from error


def only_negates(condition: str) -> bool:
    """Whether a condition, as its author wrote it, is made of nothing but negations: `not a`, `not a and not b`.

    What the values of its detections mean does not matter: `User: '*'` is no negation, though it asks that a field is
    not missing.
    """
    (found,) = SigmaDetections.from_dict({"any": "x", "condition": condition}).parsed_condition
    return _negates(found.parse(postprocess=False))


def _negates(tree: object) -> bool:
    match tree:
        case parsed.ConditionNOT():
            return True
        case parsed.ConditionAND():
            return all(map(_negates, tree.args))
        case _:
            return False


def all_of(parts: list[Condition]) -> Condition:
    """All of the parts, without needless nesting."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(dict.fromkeys(flat)))


def some_of(parts: list[Condition]) -> Condition:
    """Any of the parts, without needless nesting."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Some) else (part,))]
    return flat[0] if len(flat) == 1 else Some(tuple(dict.fromkeys(flat)))


def checked(detection: Mapping[str, object]) -> dict[str, object]:
    """The section with what pySigma lacks supplied, once it is known to be of a sane size."""
    conditions = detection.get("condition")
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        if not isinstance(condition, str):
            raise RuleError(
                "the condition is missing or is not text",
                advice="Write, for example, `condition: selection and not filter`.",
                within=("detection", "condition"),
            )
        if len(condition) > LONGEST_CONDITION or condition.count("(") > LONGEST_CONDITION // 100:
            raise RuleError(
                "the condition is too long or too deeply nested",
                advice="Give parts of it names as detections, and use `1 of` or `all of`.",
                within=("detection", "condition"),
            )
    return {
        str(name): part if name == "condition" else _supplied(part, ("detection", str(name)))
        for name, part in detection.items()
    }


def _supplied(part: object, within: tuple[str, ...]) -> object:
    match part:
        case dict():
            found = {str(key): value for key, value in part.items()}
            for key, value in found.items():
                _refuse_senseless(key, value, (*within, key))
            return {_key(key): _values(key, value) for key, value in found.items()}
        case list():
            return [_supplied(item, within) for item in part]
        case date():
            return part.isoformat()
        case Whole() | Fraction():
            return part.written
        case _:
            return part


def _refuse_senseless(key: str, value: object, within: tuple[str, ...]) -> None:
    """Refuse what pySigma takes, and reads as something else."""
    if isinstance(value, list) and None in value:
        raise RuleError(
            "null stands in a list of values",
            advice="Ask for null in a detection of its own, and link the two in the condition.",
            within=within,
        )
    modifiers = set(key.split("|")[1:])
    if modifiers & set(Part) and modifiers & _COMPARING:
        raise RuleError(
            "a part of a time is compared by size",
            advice="List the numbers: for example, `hour: [22, 23, 0, 1]`.",
            within=within,
        )


def _key(key: str) -> str:
    name, *modifiers = key.split("|")
    return "|".join([name, *("wide" if modifier == "utf16le" else modifier for modifier in modifiers)])


def _values(key: str, value: object) -> object:
    """The values of one detection item: text where a modifier compares text, and dates as text."""
    if isinstance(value, list):
        return [_values(key, item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    modifiers = key.split("|")[1:]
    if isinstance(value, int | float):
        exact = modifiers or isinstance(value, bool) or abs(value) < _INEXACT
        return as_written(value) if _TEXT_MODIFIERS.intersection(modifiers) or not exact else value
    if isinstance(value, str) and "windash" in modifiers:
        value = _OTHER_DASHES.sub("-", value)
    if isinstance(value, str) and "expand" in modifiers:
        value = _ESCAPED_PERCENT.sub(lambda found: found[1] + _PLAIN_PERCENT, value)
    return value


def _located(error: Exception, detection: dict[str, object]) -> RuleError:
    """The same error with the keys that lead to it, found by parsing part after part."""
    for name, part in detection.items():
        if name == "condition":
            continue
        for keys, piece in _pieces(part):
            try:
                SigmaDetection.from_definition(piece, policy=POLICY)
            except (SigmaError, RuleError, *_STUMBLES) as inner:
                return _error(inner, ("detection", name, *keys))
    return _error(error, ("detection",) if isinstance(error, RuleError) else ("detection", "condition"))


def _pieces(part: object) -> Iterable[tuple[tuple[str, ...], dict[str, object]]]:
    match part:
        case dict() if part:
            yield from (((key,), {key: value}) for key, value in part.items())
        case list() if any(isinstance(item, dict) for item in part):
            for item in part:
                yield from _pieces(item)
        case _:
            yield (), cast("dict[str, object]", part)


def _error(error: Exception, within: tuple[str, ...]) -> RuleError:
    ours = error if isinstance(error, RuleError) else error.__cause__  # pySigma wraps what our own engine refused
    if isinstance(ours, RuleError):
        return RuleError(ours.message, advice=ours.advice, within=within)
    advice = _MODIFIER_ADVICE
    if within[-1] == "condition":
        advice = "Use the names of the rule's own detections with `and`, `or`, `not`, `1 of` and `all of`."
    return RuleError(str(error).strip(), advice=advice, within=within)


def _term(tree: object, own: Values) -> Condition:
    match tree:
        case parsed.ConditionAND():
            return all_of([_term(part, own) for part in tree.args])
        case parsed.ConditionOR():
            return some_of([_term(part, own) for part in tree.args])
        case parsed.ConditionNOT():
            return Not(_term(tree.args[0], own))
        case parsed.ConditionFieldEqualsValueExpression():
            return _leaf(tree.field, tree.value, own)
        case parsed.ConditionValueExpression():
            return _leaf(ANYWHERE, tree.value, own)
        case _:
            raise RuleError("the condition asks for nothing", advice="Give each detection at least one field or word.")


def _leaf(field: str, value: object, own: Values) -> Condition:  # noqa: C901, PLR0911 - one line for each type of value in Sigma
    match value:
        case typed.SigmaExpansion():
            return some_of([_leaf(field, item, own) for item in value.values])
        case typed.SigmaString():
            return some_of([_text(field, text) for text in _resolved(value, own)])
        case typed.SigmaRegularExpression():
            flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
            _refuse_placeholder(value.regexp)
            Engine().compile(str(value.regexp))
            return Regex(field, str(value.regexp), flags)
        case typed.SigmaTimestampPart():
            return TimePart(field, Part(value.timestamp_part.name.lower()), int(value.number))
        case typed.SigmaNumber():
            return _number(field, value.number)
        case typed.SigmaCompareExpression():
            return Number(field, _ORDERS[value.op], value.number.number)
        case typed.SigmaBool():
            return Text(field, How.EQUALS if field else How.CONTAINS, str(value).lower())
        case typed.SigmaCIDRExpression():
            return Network(field, str(value.network))
        case typed.SigmaFieldReference():
            return SameAs(field, value.field, starts=value.starts_with, ends=value.ends_with)
        case typed.SigmaExists():
            return Not(Absent(field)) if value else Absent(field)
        case typed.SigmaNull():
            return Absent(field)
        case _:
            raise RuleError(f"a value of the type {type(value).__name__} is not supported", advice=_MODIFIER_ADVICE)


def _number(field: str, number: float) -> Condition:
    if field == ANYWHERE:
        return Text(field, How.CONTAINS, str(number))
    if abs(number) >= 2**63:  # no event's number is so large; as text it keeps every digit
        return Text(field, How.EQUALS, str(number))
    return Number(field, Order.EQUAL, number)


def _refuse_placeholder(text: typed.SigmaString) -> None:
    """Refuse a placeholder where none can be replaced: a site's values are texts, and no regular expressions."""
    missing = [part.name for part in text.s if isinstance(part, typed.Placeholder)]
    if missing:
        raise PlaceholderError(
            f"it needs the site's own values for {', '.join(f'%{name}%' for name in dict.fromkeys(missing))}",
            advice=f"Give them in a file {FILE} in a rule folder: {missing[0]}: [first value, second value].",
            within=("detection",),
        )


Piece = str | typed.SpecialChars | typed.Placeholder


def _resolved(text: typed.SigmaString, own: Values) -> Iterator[typed.SigmaString]:
    """The text with each of the site's values in place of each placeholder."""
    if not text.contains_placeholder():
        yield text
        return
    _refuse_placeholder(_without(text, own))
    choices: list[list[Iterable[Piece]]] = [
        [typed.SigmaString(value).s for value in own[part.name]] if isinstance(part, typed.Placeholder) else [[part]]
        for part in text.s
    ]
    for number, parts in enumerate(product(*choices)):
        if number == MOST_RESOLVED:
            raise RuleError(
                f"its placeholders make more than {MOST_RESOLVED:,} texts",
                advice="Give the site's values as fewer patterns, such as `srv*`.",
                within=("detection",),
            )
        found = copy.copy(text)
        found.s = [piece for part in parts for piece in part]
        yield found


def _without(text: typed.SigmaString, own: Values) -> typed.SigmaString:
    """The text without the placeholders for which the site has values."""
    found = copy.copy(text)
    found.s = [part for part in text.s if not (isinstance(part, typed.Placeholder) and part.name in own)]
    return found


def _text(field: str, value: typed.SigmaString) -> Condition:
    if sum(len(part) for part in value.s if isinstance(part, str)) > LONGEST_TEXT:
        raise RuleError("it looks for a text that is too long", advice=f"Keep texts below {LONGEST_TEXT:,} characters.")
    cased = isinstance(value, typed.SigmaCasedString)
    pieces = _pieces_of(value, inside=field == ANYWHERE)
    match pieces:
        case ((text,),):
            return Text(field, How.EQUALS, text, cased)
        case (("",), ("",)):
            return Not(Absent(field)) if field else All(())
        case (("",), (text,), ("",)):
            return Text(field, How.CONTAINS, text, cased)
        case ((text,), ("",)):
            return Text(field, How.STARTS, text, cased)
        case (("",), (text,)):
            return Text(field, How.ENDS, text, cased)
        case _:
            return Wildcard(field, pieces, cased)


def _pieces_of(value: typed.SigmaString, *, inside: bool) -> tuple[tuple[str, ...], ...]:
    """The pieces of a `Wildcard`; `inside` looks for it inside a value, as keywords do."""
    pieces: list[list[str]] = [[""]]
    for part in value.s:
        if part is typed.SpecialChars.WILDCARD_MULTI:
            pieces.append([""])
        elif part is typed.SpecialChars.WILDCARD_SINGLE:
            pieces[-1].append("")
        else:
            pieces[-1][-1] += str(part).replace(_PLAIN_PERCENT, "%")
    if len(pieces) == 1 and not inside:
        return (tuple(pieces[0]),)
    core = [tuple(piece) for piece in pieces if piece != [""]]
    begins_open = inside or pieces[0] == [""]
    ends_open = inside or pieces[-1] == [""]
    return (*((("",),) if begins_open else ()), *core, *((("",),) if ends_open else ()))
