"""What a query says of columns, by its parsed form: which it may read, and whose values the columns of its answer hold.

Both err to the safe side: where the form says too little, every column may be read, and nothing is known of the answer.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final

import duckdb

Source = frozenset[str] | None
"""The fields whose values a column may hold, as they are; none where it holds counts; None: nobody knows."""

Form = Mapping[str, Any]
"""The form of a query, or of a part of one, as DuckDB writes it."""

EVENTS: Final = "events"
DEVICE: Final = "device"
"""The column of an answer whose different values are counted."""

_NOTHING: Final[Source] = frozenset()

_SAME: Final = frozenset({"any_value", "first", "last", "max", "min"})
"""Aggregates of one column whose value is one of that column's."""

_PLACES: Final = frozenset({"class", "type", "alias", "query_location", "query_location_length", "qualified_name"})
"""What every part of a form has, whatever it means."""

_ASCII: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_REPEATED: Final = re.compile(r"(_\d+)+\Z")
"""What DuckDB adds to the name of a column that it has already: `USER` beside `User` is `USER_1`."""

_READS_ALL: Final = frozenset({"STAR", "SHOW_REF", "TABLE_FUNCTION", "PIVOT", "POSITIONAL_REFERENCE"})
"""Parts of a query that may read columns without naming them."""


class _UnknownError(Exception):
    """The form says too little."""


def parsed(connection: duckdb.DuckDBPyConnection, query: str) -> Form | None:
    """The form of one SELECT; None where there is none to be had."""
    try:
        row: Any = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
        tree = json.loads(row[0])
        return tree["statements"][0]["node"] if len(tree.get("statements", ())) == 1 else None
    except (duckdb.Error, ValueError, RecursionError):
        return None


def read_by(tree: Form | None, columns: Sequence[str]) -> Sequence[str]:
    """Those of the columns that a query may read, in their order."""
    texts = None if tree is None else _texts(tree)
    if texts is None:
        return columns
    named = set(map(_plain, texts))
    return [name for name in columns if _plain(name) in named]


def conditions(tree: Form | None) -> frozenset[str] | None:
    """Every text that may decide which rows come, or how many: names of columns, and what they are compared with.

    What only shows a column of `events` as it is decides nothing: the number of rows is the same without it. None: any
    column may decide.
    """
    if tree is None:
        return None
    texts = _texts(tree)
    try:
        table = _shown_from(tree)
        kept = [item for item in tree["select_list"] if not _only_shows(item, table)]
        texts = _texts({**tree, "select_list": _with_called(kept, tree)})
    except (_UnknownError, AttributeError, LookupError, TypeError):  # all of it may decide
        pass
    return texts


def _with_called(kept: list[Form], tree: Form) -> list[Form]:
    """Some items of a SELECT with all that conditions, or such items again, call by the names that the answer gives."""
    while True:
        called = set(map(_plain, _texts({**tree, "select_list": kept}) or ()))
        more = [one for one in tree["select_list"] if one["alias"] and _plain(one["alias"]) in called]
        further = [one for one in more if all(one is not each for each in kept)]
        if not further:
            return kept
        kept = [*kept, *further]


def _shown_from(tree: Form) -> str:
    """The name of `events` in a query whose columns can be told from its conditions."""
    if tree["type"] != "SELECT_NODE" or tree["cte_map"]["map"] or tree["aggregate_handling"] != "STANDARD_HANDLING":
        raise _UnknownError
    decide = list[Any](tree["group_expressions"])
    for one in tree["modifiers"]:
        if one["type"] == "DISTINCT_MODIFIER":
            raise _UnknownError
        decide += [order["expression"] for order in one.get("orders", ())]
    if any(one["class"] in ("CONSTANT", "STAR") for one in decide):  # columns of the answer, by their places
        raise _UnknownError
    return _table(tree["from_table"])


def _only_shows(item: Form, table: str) -> bool:
    """Whether an item of a SELECT shows columns of `events` as they are; devices are counted by the column's name."""
    match item["class"]:
        case "STAR":
            return _plain(item["relation_name"]) in ("", table) and _is_only(item, "relation_name")
        case "COLUMN_REF" if _is_only(item, "column_names"):
            *whose, name = map(_plain, item["column_names"])
            return whose in ([], [table]) and (_plain(item["alias"]) != DEVICE or name == DEVICE) and name != table
        case _:
            return False


def _texts(tree: Form) -> frozenset[str] | None:
    """Every text in a form; None where it may read columns without naming them."""
    texts, tables, alone = set[str](), set[str](), set[str]()
    for part in _parts(tree):
        if isinstance(part, str):
            texts.add(part)
            continue
        if part.get("type") in _READS_ALL or part.get("ref_type") == "NATURAL" or part.get("column_name_alias"):
            return None
        if "table_name" in part or "subquery" in part:
            tables |= {_plain(str(part.get(name) or "")) for name in ("alias", "table_name")}
        names: list[str] = part.get("column_names", [])
        if len(names) == 1:
            alone.add(_plain(names[0]))
    # A table's name in the place of a column is the whole row.
    return None if alone & tables else frozenset(texts)


def _parts(tree: object) -> Iterator[Any]:
    """Every object and every text in a form."""
    left = [tree]
    while left:
        match left.pop():
            case dict() as found:
                yield found
                left += found.values()
            case list() as found:
                left += found
            case str() as found:
                yield found
            case _:
                pass


def sources(tree: Form | None, columns: Sequence[str]) -> list[Source] | None:
    """Whose values the columns of the answer hold, in their order; None: nothing is known of any of them.

    Only what is plainly safe is known: columns as they are, a few aggregates of one, and literals, of `events` alone.
    A form that has anything else in it, or anything more than this version knows, tells nothing.
    """
    try:
        if tree is None or tree["type"] != "SELECT_NODE" or tree["cte_map"]["map"]:
            return None
        table = _table(tree["from_table"])
        found, before = list[Source](), set[str]()
        for item in tree["select_list"]:
            if item["class"] == "STAR":
                found += _of_star(item, table, columns)
            else:
                found.append(_of_item(item, table, before, columns))
            before.add(_plain(item["alias"]))
    except (_UnknownError, AttributeError, LookupError, TypeError):  # a form that this version does not know
        return None
    return found


def _plain(name: str) -> str:
    """A name as DuckDB compares it: it knows no cases but those of ASCII."""
    return name.translate(_ASCII)


def _table(tree: Form) -> str:
    """The name of `events` in a FROM that has nothing else: joined with itself, it could spell what it matches."""
    if tree["type"] != "BASE_TABLE" or _plain(tree["table_name"]) != EVENTS or not _is_only(tree, "table_name"):
        raise _UnknownError
    return _plain(tree["alias"] or EVENTS)


def _is_only(part: Form, *known: str) -> bool:
    """Whether a part of a form says nothing but what is known."""
    return not any(value for name, value in part.items() if name not in _PLACES and name not in known)


def _of_star(item: Form, table: str, columns: Sequence[str]) -> list[Source]:
    """All columns."""
    whose = _plain(item["relation_name"])
    if whose not in ("", table) or item["alias"] or not _is_only(item, "relation_name"):
        raise _UnknownError
    return [frozenset({name}) for name in columns]


def _of_item(item: Form, table: str, before: Collection[str], columns: Sequence[str]) -> Source:
    """Whose values one item holds; `before`: the names of those before it, for which a name may stand as well."""
    match item["class"]:
        case "CONSTANT":
            return _NOTHING
        case "COLUMN_REF" if _is_only(item, "column_names"):
            *whose, name = map(_plain, item["column_names"])
            if whose not in ([], [table]) or (not whose and name in {table, *before}):
                return None
            return frozenset(one for one in columns if _base(one) == _base(name)) or None
        case _ if any(isinstance(part, dict) and part.get("class") == "STAR" for part in _parts(item)):
            raise _UnknownError  # it may be any number of columns
        case "FUNCTION" if _is_only(item, "function_name", "arguments", "distinct", "order_bys"):
            return _of_aggregate(item, table, before, columns)
        case _:
            return None


def _base(name: str) -> str:
    return _REPEATED.sub("", _plain(name))


def _of_aggregate(item: Form, table: str, before: Collection[str], columns: Sequence[str]) -> Source:
    """Whose values an aggregate gives; None where it is none of those known, or of anything but one column."""
    name, arguments = item["function_name"], [one["expression"] for one in item["arguments"]]
    if item["order_bys"]["orders"]:
        return None
    if name == "count_star" and not arguments:
        return _NOTHING
    if len(arguments) != 1 or arguments[0]["class"] != "COLUMN_REF" or item["arguments"][0]["name"]:
        return None
    source = _of_item(arguments[0], table, before, columns)
    if name == "count" and source is not None:
        return _NOTHING
    return source if name in _SAME else None
