"""The body of an Elasticsearch bulk request, told apart into items."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

KEPT = ("index", "create")
_HAS_DOCUMENT = ("index", "create", "update")


class BulkError(Exception):
    """The body is no bulk request; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Action:
    """What one item asks for. `name` is the `_id` that its sender gave it, if any."""

    operation: str
    index: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """The items of a request, in order, and the document of each item that asks to keep one."""

    actions: Sequence[Action]
    documents: Sequence[bytes]

    @property
    def names(self) -> Sequence[str | None] | None:
        """The `_id` of each document; None where no document has one."""
        if self.actions and len(set(map(id, self.actions))) == 1 and self.actions[0].name is None:
            return None
        kept = [action.name for action in self.actions if action.operation in KEPT]
        return kept if any(name is not None for name in kept) else None


def parse(body: bytes, *, index: str = "") -> Bulk:
    """The items of a body.

    Args:
        body: lines of an action, each but a `delete` followed by its document.
        index: the index in the request's path, for items that name none.

    Raises:
        BulkError: an action cannot be read. As in Elasticsearch, that refuses the whole request, because nothing tells
            where the next item begins.

    """
    lines = body.split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    heads = lines[0::2]
    if lines and len(lines) % 2 == 0 and heads.count(heads[0]) == len(heads):
        # What shippers send that name neither index nor event by event: one action line, again and again.
        action = _action(heads[0], index, 1)
        if action.operation in KEPT:
            return Bulk(actions=[action] * len(heads), documents=lines[1::2])
    return _one_by_one(lines, index)


def _one_by_one(lines: list[bytes], index: str) -> Bulk:
    actions, documents = [], []
    position = 0
    while position < len(lines):
        if not lines[position].strip():
            position += 1
            continue
        action = _action(lines[position], index, position + 1)
        actions.append(action)
        position += 1
        if action.operation in _HAS_DOCUMENT:
            if position >= len(lines):
                raise BulkError(f"line {position}: the action has no document after it")
            if action.operation in KEPT:
                documents.append(lines[position])
            position += 1
    return Bulk(actions=actions, documents=documents)


class _Target(msgspec.Struct):
    index: str | None = msgspec.field(default=None, name="_index")
    name: str | int | None = msgspec.field(default=None, name="_id")


_decode = msgspec.json.Decoder(dict[str, _Target]).decode


def _action(line: bytes, index: str, number: int) -> Action:
    try:
        ((operation, target),) = _decode(line).items()
    except (msgspec.MsgspecError, ValueError) as error:
        raise BulkError(f"line {number}: not an action: {error}") from error
    if operation not in ("index", "create", "update", "delete"):
        raise BulkError(f"line {number}: unknown action {operation[:40]!r}")
    name = None if target.name is None or target.name == "" else str(target.name)
    return Action(operation, target.index or index, name)
