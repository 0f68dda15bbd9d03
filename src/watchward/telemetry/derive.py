r"""Fields that an event does not name itself but that follow from those it has, by its log source.

The native fields stay; a derived one only fills a field that is absent.

>>> after({"NewProcessName": r"C:\\a.exe"}, LogSource(product="windows", category="process_creation",
...     service="security"))["Image"]
'C:\\\\a.exe'

"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from watchward.telemetry import defender, ocsf
from watchward.telemetry.batch import items, joined
from watchward.telemetry.hives import spelt
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.registry import Registry, table

_INTEGRITY = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "MediumPlus",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}
_OPERATIONS = {"%%1904": "SetValue", "%%1905": "SetValue", "%%1906": "DeleteValue"}
_INITIATED = {"%%14592": "false", "%%14593": "true"}
_HEX_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How one field follows from others, for events of a log source; an empty part means any.

    Args:
        source: the log source.
        field: what follows.
        how: the name of the way, and behind a colon what that is told besides.
        of: from which fields it follows.
        replaces: whether it takes the place of a value that the field has, which says the same in other words or
            something else.

    """

    source: LogSource
    field: str
    how: str
    of: tuple[str, ...]
    replaces: bool = False

    def applies(self, source: LogSource) -> bool:
        """Whether events of this log source have the derived field."""
        return all(
            wanted is None or wanted == given
            for wanted, given in (
                (self.source.product, source.product),
                (self.source.category, source.category),
                (self.source.service, source.service),
                (self.source.shape, source.shape),
            )
        )

    def value(self, *values: str | None) -> str | None:
        """The field's text from those of the fields that it follows from; None where it does not follow."""
        name, _, told = self.how.partition(":")
        return _HOW[name](told, *values) if told else _HOW[name](*values)


def _account(domain: str | None, name: str | None) -> str | None:
    if name in (None, "", "-"):
        return None
    return name if domain in (None, "", "-") else f"{domain}\\{name}"


def _registry(key: str | None, name: str | None) -> str | None:
    if key is None:
        return None
    return f"{spelt(key)}\\{name}" if name else spelt(key)


def _decimal(number: str | None) -> str | None:
    if number is None or number[:2].lower() != "0x" or len(number) > 2 + _HEX_DIGITS:
        return number
    try:
        return str(int(number, 16))
    except ValueError:
        return number


def _command(arguments: str | None) -> str | None:
    return None if arguments is None else " ".join(items(arguments))


def _argument(number: int, arguments: str | None) -> str | None:
    return None if arguments is None else dict(enumerate(items(arguments))).get(number)


def _arguments(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text is not None) or None


def _record_types(kind: str | None, arguments: str | None, paths: str | None) -> str | None:
    """The audit records that one document joins, of which rules read each by itself."""
    if kind is None:
        return None
    more = [name for name, text in (("EXECVE", arguments), ("PATH", paths)) if text is not None]
    return joined([kind.upper(), *more]) if more else kind.upper()


_HOW: dict[str, Callable[..., str | None]] = {
    "account": _account,
    **{f"argument{number}": partial(_argument, number) for number in range(10)},
    "arguments": _arguments,
    "command": _command,
    "copy": lambda value: value,
    "decimal": _decimal,
    "initiated": _INITIATED.get,
    "integrity": _INTEGRITY.get,
    "operation": _OPERATIONS.get,
    "record_types": _record_types,
    "registry": _registry,
    **defender.HOW,
    **ocsf.HOW,
}


@cache
def _derivations() -> tuple[Derivation, ...]:
    shapes = (("defender", defender.SHAPE), ("ocsf", ocsf.SHAPE), ("derived", None))
    return tuple(found for name, shape in shapes for row in table(name) for found in _of_row(row, shape))


def _of_row(row: Mapping[str, str], shape: str | None) -> Iterator[Derivation]:
    """The derivations of one row, whose category and service may name several."""
    for category in row["category"].split() or [""]:
        for service in row["service"].split() or [""]:
            yield Derivation(
                source=LogSource(
                    product=row["product"] or None, category=category or None, service=service or None, shape=shape
                ),
                field=row["field"],
                how=row["how"],
                of=tuple(row["sources"].split()),
                replaces=row.get("replaces") == "yes",
            )


def order(derivation: Derivation) -> int:
    """The place of a derivation in the order in which they are tried."""
    return _places()[derivation]


@cache
def _places() -> dict[Derivation, int]:
    return {derivation: place for place, derivation in enumerate(_derivations())}


@lru_cache(maxsize=4096)
def applying_to(source: LogSource) -> tuple[Derivation, ...]:
    """The derivations for events of a log source, in the order in which they are tried."""
    return tuple(derivation for derivation in _derivations() if derivation.applies(source))


def sources_of(fields: frozenset[str]) -> frozenset[str]:
    """The fields from which any of these follows, directly or through another."""
    wanted = fields
    while True:
        more = wanted | {name for each in _derivations() if each.field in wanted for name in each.of}
        if more == wanted:
            return wanted - fields
        wanted = more


def after(fields: Mapping[str, str], source: LogSource, registry: Registry | None = None) -> dict[str, str]:
    """An event's fields with those that follow from them."""
    known = dict(fields)
    for derivation in applying_to(source):
        if derivation.field in known and not derivation.replaces:
            continue
        if registry is not None and derivation.field not in registry:
            continue
        value = derivation.value(*(known.get(name) for name in derivation.of))
        if value is not None:
            known[derivation.field] = value
    return known
