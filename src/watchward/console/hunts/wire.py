"""How questions and answers travel: JSON, read with limits, because it comes from another node."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from watchward.base.errors import BadInputError
from watchward.console.hunts.models import Answer, Question

MOST_ROWS: Final = 1_000
"""Rows that one answer may give."""

MOST_COLUMNS: Final = 500

MOST_BYTES: Final = 500_000
"""Bytes that the rows of one answer may have, as JSON."""

MOST_BELOW: Final = 1_000
"""Below this a number may be kept back at most."""

_Name = Annotated[str, Meta(max_length=200)]
_Moment = Annotated[datetime, Meta(tz=True)]
_Count = Annotated[int, Meta(ge=0, le=1 << 40)]
_Body = TypeVar("_Body", bound=msgspec.Struct)


class Table(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every table has. `truncated`: there are more rows than an answer gives."""

    columns: Annotated[list[_Name], Meta(max_length=MOST_COLUMNS)]
    truncated: bool = False


class Rows(Table, kw_only=True, forbid_unknown_fields=True):
    """What was let out."""

    rows: Annotated[list[list[str]], Meta(max_length=MOST_ROWS)]


class Found(Table, kw_only=True, forbid_unknown_fields=True):
    """What was found at an organisation of this node; it never travels. A cell is a text, or fields with their values.

    `sources` says for each column whose values it holds: names of fields, or none where it holds counts or fields that
    say it themselves. None, or nothing at all where an earlier version stored it: nobody knows.
    """

    rows: Annotated[list[list[str | dict[str, str]]], Meta(max_length=MOST_ROWS)]
    sources: list[list[str] | None] = []


class AskedBody(msgspec.Struct, kw_only=True):
    """A question on its way down."""

    asker: _Name
    node: _Name
    title: _Name
    purpose: Annotated[str, Meta(max_length=1000)]
    form: Literal["sigma", "sql"]
    text: Annotated[str, Meta(max_length=100_000)]
    since: _Moment
    until: _Moment
    wants_rows: bool
    at: _Moment
    ends_at: _Moment
    withdrawn_at: _Moment | None = None


class AnswerBody(msgspec.Struct, kw_only=True):
    """An answer on its way up."""

    question: Annotated[str, Meta(max_length=32)]
    code: Annotated[str, Meta(min_length=1, max_length=20)]
    name: _Name
    state: Literal["asked", "waiting", "running", "counted", "given", "refused", "failed"]
    events: _Count = 0
    devices: _Count = 0
    below: Annotated[int, Meta(ge=0, le=MOST_BELOW)] = 0
    reason: Annotated[str, Meta(max_length=1000)] = ""
    rows: Rows | None = None
    at: _Moment


def question_body(question: Question) -> dict[str, object]:
    """A question as it is told."""
    return _plain(_asked(question))


def is_same(question: Question, body: AskedBody) -> bool:
    """Whether the two ask the same, whoever withdrew it since."""
    replace = msgspec.structs.replace
    return replace(_asked(question), withdrawn_at=None) == replace(body, withdrawn_at=None)


def _asked(question: Question) -> AskedBody:
    return AskedBody(**{name: getattr(question, name) for name in AskedBody.__struct_fields__})


def fields_of(body: AskedBody) -> dict[str, Any]:
    """A question that came, as it is stored."""
    return msgspec.structs.asdict(body)


def rows_of(body: AnswerBody) -> dict[str, object] | None:
    """The rows of an answer that came, as they are stored."""
    return None if body.rows is None else _plain(body.rows)


def answer_body(answer: Answer) -> dict[str, object]:
    """An answer as it is told: never what was found and not let out."""
    names = ("code", "name", "state", "events", "devices", "below", "reason", "at")
    rows = None if answer.rows is None else msgspec.convert(answer.rows, Rows)
    return _plain(AnswerBody(question=answer.question_id, rows=rows, **{name: getattr(answer, name) for name in names}))


def read_question(body: bytes) -> AskedBody:
    """A question that came.

    Raises:
        BadInputError: it is none.

    """
    return _read(body, AskedBody)


def read_answer(body: bytes) -> AnswerBody:
    """An answer that came.

    Raises:
        BadInputError: it is none.

    """
    return _read(body, AnswerBody)


def _plain(body: msgspec.Struct) -> dict[str, object]:
    found: dict[str, object] = msgspec.to_builtins(body)
    return found


def _read(body: bytes, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"This is no {'question' if kind is AskedBody else 'answer'}: {error}.",
            advice="Bring the node that sent it to a version that this one understands.",
        ) from error
