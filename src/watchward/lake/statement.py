"""What a query says of columns, by its parsed form: which it may read, and whose values the columns of its answer hold.

Both err to the safe side: where the form says too little, every column may be read, and nothing is known of the answer.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

Source = frozenset[str] | None
"""The fields whose values a column may hold, as they are; none where it holds counts; None: nobody knows."""

Form = Mapping[str, Any]
"""The form of a query, or of a part of one, as DuckDB writes it."""

EVENTS: Final = "events"
_NOTHING: Final[Source] = frozenset()

_SAME: Final = frozenset({"any_value", "first", "last", "lower", "max", "min", "mode", "trim", "upper"})
"""Functions of one argument whose value is one that came in, but for case and blanks."""

_COUNTS: Final = frozenset({"count", "count_star"})

HARMLESS: Final = frozenset(
    {"category", "event_id", "observed_at", "organisation", "product", "received_at", "service"}
)
"""Columns of this node's own making, from which nothing can be worked out that tells of a person."""

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
    if tree is None:
        return columns
    named, tables, alone = set[str](), set[str](), set[str]()
    for part in _parts(tree):
        if isinstance(part, str):
            named.add(part.casefold())
            continue
        if part.get("type") in _READS_ALL or part.get("ref_type") == "NATURAL":
            return columns
        if "table_name" in part or "subquery" in part:
            tables |= {str(part.get(name) or "").casefold() for name in ("alias", "table_name")}
        names: list[str] = part.get("column_names", [])
        if len(names) == 1:
            alone.add(names[0].casefold())
    # A table's name in the place of a column is the whole row.
    return columns if alone & tables else [name for name in columns if name.casefold() in named]


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
    """Whose values the columns of the answer hold, in their order; None: not even how many there are is known."""
    if tree is None:
        return None
    try:
        return [source for _, source in _of_node(tree, _Known(columns, {}))]
    except (_UnknownError, LookupError, TypeError, RecursionError):  # a form that this version does not know
        return None


_Columns = Sequence[tuple[str, Source]]
"""Columns of a table, by name."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The columns of `events`, and the tables that stand before a query by name."""

    events: Sequence[str]
    named: Mapping[str, _Columns]

    def columns_of(self, table: str) -> _Columns:
        """The columns of a table."""
        if (found := self.named.get(table.casefold())) is not None:
            return found
        if table.casefold() != EVENTS:
            raise _UnknownError
        return [(name, frozenset({name})) for name in self.events]


def _of_node(tree: Form, known: _Known) -> _Columns:
    """The columns of a query."""
    known = _with_named(tree, known)
    match tree.get("type"):
        case "SELECT_NODE":
            tables = _tables(tree["from_table"], known)
            return [column for one in tree["select_list"] for column in _of_item(one, tables)]
        case "SET_OPERATION_NODE" if tree.get("setop_type") in ("UNION", "EXCEPT", "INTERSECT"):
            return _joined([_of_node(one, known) for one in tree["children"]])
        case _:
            raise _UnknownError


def _with_named(tree: Form, known: _Known) -> _Known:
    """What is known inside of a query that begins with WITH."""
    named = dict(known.named)
    for one in tree.get("cte_map", {}).get("map", ()):
        name = one["key"].casefold()
        if name == EVENTS or one["value"].get("aliases"):
            raise _UnknownError  # which of two tables a name means is not guessed
        named[name] = _of_node(_node_of(one["value"]), _Known(known.events, named))
    return _Known(known.events, named)


def _node_of(part: Form) -> Form:
    found: Form = part.get("query_node") or part["node"]
    return found


def _joined(parts: Sequence[_Columns]) -> _Columns:
    """The columns of queries whose rows stand together: by their place, with the names of the first."""
    if len({len(one) for one in parts}) != 1:
        raise _UnknownError
    return [(each[0][0], _either(source for _, source in each)) for each in zip(*parts, strict=True)]


def _either(found: Iterator[Source]) -> Source:
    every = list(found)
    known = [one for one in every if one is not None]
    return frozenset().union(*known) if len(known) == len(every) else None


_Tables = Sequence[tuple[str, _Columns]]


def _tables(tree: Form, known: _Known) -> _Tables:
    """The tables of a FROM, each by the name under which columns are asked for."""
    if tree.get("column_name_alias"):
        raise _UnknownError
    match tree.get("type"):
        case "EMPTY":
            return []
        case "BASE_TABLE" if not (tree.get("schema_name") or tree.get("catalog_name")):
            return [(tree.get("alias") or tree["table_name"], known.columns_of(tree["table_name"]))]
        case "SUBQUERY":
            return [(tree.get("alias", ""), _of_node(_node_of(tree["subquery"]), known))]
        case "JOIN" if tree.get("ref_type") in ("REGULAR", "CROSS"):
            return [*_tables(tree["left"], known), *_tables(tree["right"], known)]
        case _:
            raise _UnknownError


def _of_item(tree: Form, tables: _Tables) -> _Columns:
    """The columns that one item of a SELECT stands for."""
    if tree.get("class") != "STAR":
        names = tree.get("column_names") or [""]
        return [(tree.get("alias") or names[-1], _of_expression(tree, tables))]
    changed = ("exclude_list", "replace_list", "rename_list", "qualified_exclude_list", "columns", "expr", "unpacked")
    if len(tables) != 1 or any(tree.get(name) for name in changed):
        raise _UnknownError
    return tables[0][1]


def _of_expression(tree: Form, tables: _Tables) -> Source:
    """Whose values an expression gives."""
    arguments = [one.get("expression", one) for one in tree.get("arguments") or tree.get("children") or ()]
    match tree.get("class"):
        case "CONSTANT":
            return _NOTHING
        case "COLUMN_REF":
            return _of_name(tree["column_names"], tables)
        case "FUNCTION" if tree.get("function_name") in _COUNTS:
            return _NOTHING
        case "FUNCTION" if tree.get("function_name") in _SAME and len(arguments) == 1:
            return _of_expression(arguments[0], tables)
        case "CAST" if tree.get("type_expr", {}).get("type_name") == "VARCHAR":
            return _of_expression(tree["child"], tables)
        case _:
            return _of_harmless(tree, tables)


def _of_harmless(tree: Form, tables: _Tables) -> Source:
    """What is worked out from nothing but columns that tell of nobody."""
    found = set[str]()
    for part in _parts(tree):
        if isinstance(part, str):
            continue
        if part.get("class") in ("SUBQUERY", "STAR", "POSITIONAL_REFERENCE", "LAMBDA"):
            return None
        if names := part.get("column_names"):
            source = _of_name(names, tables)
            if source is None or not source <= HARMLESS:
                return None
            found |= source
    return frozenset(found)


def _of_name(names: Sequence[str], tables: _Tables) -> Source:
    """Whose values a column holds that is asked for by name, with or without that of its table."""
    *table, name = (one.casefold() for one in names)
    if len(table) > 1 or (not table and name in {one.casefold() for one, _ in tables}):
        return None
    asked: Callable[[str], bool] = (lambda one: one.casefold() == table[0]) if table else lambda _: True
    found = [source for one, columns in tables if asked(one) for own, source in columns if own.casefold() == name]
    return _either(iter(found)) if found else None
