"""What a pattern asks of one observation, as a condition on one event.

Letter case does not count, as in all of Sigma, except in MATCHES. What no telemetry shows is refused by its name; where
any of several parts suffices, the others are looked for all the same, and what was left out is said.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Final, assert_never

from watchward.detect.sigma.ir import (
    Absent,
    All,
    Condition,
    How,
    Network,
    Not,
    Number,
    Order,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.texts.regex import compiled
from watchward.intel import normal
from watchward.intel.errors import PatternError
from watchward.intel.observable import Carrier, Holds, Kind
from watchward.intel.pattern import texts
from watchward.intel.pattern.paths import carriers_at, kinds_at
from watchward.intel.pattern.quick import exact
from watchward.intel.pattern.syntax import (
    Compare,
    Either,
    Every,
    Exists,
    Operator,
    Path,
    Test,
    Value,
    written_test,
    written_value,
)

_ADDRESSES: Final = {Kind.IPV4, Kind.IPV6, Kind.NETWORK}
_ORDERS: Final = {
    Operator.LESS: (Order.LESS, Order.AT_LEAST),
    Operator.AT_MOST: (Order.AT_MOST, Order.MORE),
    Operator.MORE: (Order.MORE, Order.AT_MOST),
    Operator.AT_LEAST: (Order.AT_LEAST, Order.LESS),
}
_LABELS: Final = {
    Kind.MD5: "MD5=",
    Kind.SHA1: "SHA1=",
    Kind.SHA256: "SHA256=",
    Kind.SHA512: "SHA512=",
    Kind.IMPHASH: "IMPHASH=",
}
_DENIABLE: Final = {Holds.VALUE, Holds.LAST, Holds.KEY, Holds.FOLDER, Holds.DIGESTS}


def condition_of(test: Test, notes: list[str]) -> Condition:
    """What a test asks of an event; `notes` takes what was left out of it.

    Raises:
        PatternError: it cannot be asked of an event.

    """
    match test:
        case Every(parts):
            return All(tuple(condition_of(part, notes) for part in parts))
        case Either(parts):
            return _either(parts, notes)
        case Exists(path, negated):
            there = Some(tuple(_is_there(one, path) for one in _carriers(path)))
            return Not(there) if negated else there
        case Compare():
            return _compare(test)
        case _:
            assert_never(test)


def _either(parts: Iterable[Test], notes: list[str]) -> Condition:
    found: list[Condition] = []
    failed: list[PatternError] = []
    for part in parts:
        try:
            found.append(condition_of(part, notes))
        except PatternError as error:
            failed.append(error)
    if not found:
        raise failed[0]
    notes.extend(f"Not looked for: {error.message}" for error in failed)
    return found[0] if len(found) == 1 else Some(tuple(found))


def _refused(test: Compare | Exists, reason: str) -> PatternError:
    return PatternError(
        f"{written_test(test)[:300]} cannot be looked for: {reason}.",
        advice="It is kept and shared as it is. Say the same by what telemetry shows (docs/reference/stix.md).",
    )


def _carriers(path: Path, kinds: tuple[Kind, ...] | None = None) -> tuple[Carrier, ...]:
    found = carriers_at(path, kinds)
    if not found:
        raise _refused(Exists(path), f"no telemetry shows {path}")
    return found


def _compare(test: Compare) -> Condition:
    """A comparison; where it is denied, some field must be there that does not stand so."""
    operator, denied = test.operator, test.negated
    if operator is Operator.UNEQUAL:
        operator, denied = Operator.EQUAL, not denied
    if operator in _ORDERS:
        return _ordered(test)
    several: list[Condition] = []
    for carrier in _meant(test):
        one = _some([held for value in test.values for held in _held(carrier, operator, value, test)])
        if one is None:
            continue
        if not denied:
            several.append(one)
        elif carrier.holds in _DENIABLE:
            several.append(All((_is_there(carrier, test.path), Not(one))))
    found = _some(several)
    if found is None:
        raise _refused(test, "the fields that show it cannot be compared so")
    return found


def _some(parts: list[Condition]) -> Condition | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def _meant(test: Compare) -> tuple[Carrier, ...]:
    """The fields that show what is compared: where the values are of certain kinds, those of these kinds."""
    kinds = kinds_at(test.path)
    if not kinds or test.operator not in {Operator.EQUAL, Operator.UNEQUAL, Operator.IN}:
        return _carriers(test.path)
    named = [exact(kinds, value) if isinstance(value, str) else None for value in test.values]
    return _carriers(test.path, tuple(dict.fromkeys(one.kind for one in named if one is not None)) or None)


def _ordered(test: Compare) -> Condition:
    (value,) = test.values
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
        raise _refused(test, "only numbers are compared by size")
    order = _ORDERS[test.operator][test.negated]
    fields = [Number(one.field, order, value) for one in _carriers(test.path) if one.holds is Holds.VALUE]
    found = _some(list(fields))
    if found is None:
        raise _refused(test, "the fields that show it are no numbers")
    return found


def _is_there(carrier: Carrier, path: Path) -> Condition:
    """The event has the field, and in it what is compared."""
    if carrier.holds is not Holds.DIGESTS:
        return Not(Absent(carrier.field))
    return Some(tuple(Text(carrier.field, How.CONTAINS, _LABELS[kind]) for kind in kinds_at(path) if kind in _LABELS))


def _held(carrier: Carrier, operator: Operator, value: Value, test: Compare) -> list[Condition]:
    """Conditions of which one holds where the field holds what stands so to a value; none where it cannot tell."""
    match operator:
        case Operator.EQUAL | Operator.IN:
            return _equal(carrier, value, test)
        case Operator.LIKE:
            return _like(carrier, str(value), test)
        case Operator.MATCHES:
            return _matches(carrier, str(value), test)
        case Operator.SUBSET:
            return _subset(carrier, str(value), test)
        case Operator.SUPERSET:
            if exact((Kind.IPV4, Kind.IPV6), str(value).removesuffix("/32").removesuffix("/128")) is None:
                raise _refused(test, "events show single addresses, which hold no network")
            return _subset(carrier, str(value), test)
        case _:
            raise AssertionError(operator)


def _equal(carrier: Carrier, value: Value, test: Compare) -> list[Condition]:
    kinds = kinds_at(test.path)
    if isinstance(value, bool):
        return [Text(carrier.field, How.EQUALS, "true" if value else "false")]
    if isinstance(value, (int, float)):
        return [Number(carrier.field, Order.EQUAL, value)] if carrier.holds is Holds.VALUE else []
    if not isinstance(value, str):
        raise _refused(test, f"{written_value(value)} is neither a text nor a number")
    if not kinds:
        return _holding(carrier, value, None)
    found = exact(kinds, value)
    if found is None:
        raise _refused(test, f"{written_value(value)} is no {' or '.join(kinds)}")
    return _holding(carrier, found.value if found.kind is not Kind.URL else value, found.kind)


def _holding(carrier: Carrier, text: str, kind: Kind | None) -> list[Condition]:  # noqa: PLR0911 - one line for each
    field = carrier.field
    match carrier.holds:
        case Holds.VALUE:
            return _being(field, text, kind)
        case Holds.LAST:
            ends: list[Condition] = [Text(field, How.ENDS, f"{mark}{text}") for mark in "\\/"]
            return [Text(field, How.EQUALS, text), *ends]
        case Holds.KEY:
            return [Text(field, How.EQUALS, text), Text(field, How.STARTS, f"{text}\\")]
        case Holds.DIGESTS:
            label = _LABELS[kind] if kind else ""  # a digest may be a part of a longer one
            return [Text(field, How.CONTAINS, f"{label}{text}"), Text(field, How.EQUALS, text)]
        case Holds.FOLDER:
            return [texts.folder_is(field, text)]
        case Holds.HOST:
            return [texts.host_is(field, text)] if kind is not Kind.NETWORK else []
        case Holds.PROGRAM | Holds.PROGRAM_NAME:
            return [texts.program_is(field, text, is_name=carrier.holds is Holds.PROGRAM_NAME)]
        case Holds.TEXT:
            return [texts.stands_in(field, text)] if kind is not Kind.NETWORK else []
        case _:
            assert_never(carrier.holds)


def _being(field: str, text: str, kind: Kind | None) -> list[Condition]:
    """The field's value is this text, in any spelling of its kind."""
    if kind in _ADDRESSES:
        return [Network(field, text)]
    spellings = [text]
    if kind is Kind.DOMAIN:
        spellings.append(f"{text}.")
    if kind is Kind.URL:
        spellings.append(normal.url(text))
    return [Text(field, How.EQUALS, one) for one in dict.fromkeys(spellings)]


def _like(carrier: Carrier, text: str, test: Compare) -> list[Condition]:  # noqa: PLR0911 - one line for each
    match carrier.holds:
        case Holds.VALUE:
            return [texts.like(carrier.field, text)]
        case Holds.LAST:
            return [texts.last_like(carrier.field, text)]
        case Holds.KEY:
            key = texts.spelt_key(text)
            return [texts.like(carrier.field, key), texts.like(carrier.field, f"{key}\\%")]
        case Holds.FOLDER:
            return [texts.folder_like(carrier.field, text)]
        case Holds.DIGESTS:
            labels = (_LABELS[kind] for kind in kinds_at(test.path))
            return [texts.digest_like(carrier.field, label, text) for label in labels]
        case Holds.PROGRAM | Holds.PROGRAM_NAME:
            return [texts.program_like(carrier.field, text, is_name=carrier.holds is Holds.PROGRAM_NAME)]
        case Holds.HOST | Holds.TEXT:
            return []
        case _:
            assert_never(carrier.holds)


def _matches(carrier: Carrier, pattern: str, test: Compare) -> list[Condition]:
    if carrier.holds is Holds.DIGESTS:
        raise _refused(test, "the fields that show it cannot be compared so")
    found: dict[Holds, Callable[[str, str], Regex]] = {
        Holds.VALUE: texts.found_in,
        Holds.LAST: texts.found_in_last,
        Holds.PROGRAM: texts.found_in,
        Holds.PROGRAM_NAME: texts.found_in_last,
    }
    making = found.get(carrier.holds)
    return [making(carrier.field, pattern)] if making else []


def _subset(carrier: Carrier, value: str, test: Compare) -> list[Condition]:
    if not _ADDRESSES & set(kinds_at(test.path)):
        raise _refused(test, "only addresses lie in networks")
    found = exact((Kind.IPV4, Kind.IPV6, Kind.NETWORK), value)
    if found is None:
        raise _refused(test, f"{written_value(value)} is no network")
    return [Network(carrier.field, found.value)] if carrier.holds is Holds.VALUE else []


def tells(condition: Condition) -> bool:  # noqa: PLR0911 - one line for each kind of term
    """Whether a condition asks for something that not nearly every event has."""
    match condition:
        case All(parts):
            return any(map(tells, parts))
        case Some(parts):
            return all(map(tells, parts))
        case Not() | Absent():
            return False
        case Text(_, how, text):
            return how is How.EQUALS or bool(text)
        case Wildcard(_, pieces):
            return any(run for piece in pieces for run in piece)
        case Regex(_, pattern, flags):
            return compiled(pattern, flags).search("") is None
        case Network(_, cidr):
            return ip_network(cidr).prefixlen > 0
        case Number() | TimePart() | SameAs():
            return True
        case _:
            assert_never(condition)
