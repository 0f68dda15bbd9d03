"""How high severity alerts, answers and offers travel between nodes: JSON, read with limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from watchward.base.errors import BadInputError
from watchward.respond.advisory.answer import Standing
from watchward.respond.advisory.speaking import Voice

MOST_LINES: Final = 50
"""Lines of a time line that travel: the newest."""

_MOST_CODES: Final = 50_000

_Key = Annotated[str, Meta(min_length=1, max_length=32)]
_Code = Annotated[str, Meta(min_length=1, max_length=20)]
_Codes = Annotated[list[_Code], Meta(max_length=_MOST_CODES)]
_Name = Annotated[str, Meta(max_length=200)]
_Text = Annotated[str, Meta(max_length=300)]
_Note = Annotated[str, Meta(max_length=1_000)]
_Moment = Annotated[datetime, Meta(tz=True)]
_Number = Annotated[int, Meta(ge=1, le=1 << 31)]
_Body = TypeVar("_Body", bound=msgspec.Struct)


class Later(msgspec.Struct, kw_only=True):
    """Organisations that were asked, or asked again, at a moment after the issue."""

    at: _Moment
    codes: _Codes


class Asks(msgspec.Struct, kw_only=True):
    """An alert on its way down.

    `place` is the code of the organisation at which and below which the receiver asks; `named` are those that its
    issuer knows to be concerned, where only such are asked; `at` and `why` are of the version.
    """

    number: _Code
    version: _Number
    says: dict[str, Any]
    issued_at: _Moment
    issued_by: _Name
    at: _Moment
    why: _Text = ""
    place: _Code
    withdrawn_at: _Moment | None = None
    withdrawn_why: _Text = ""
    named: _Codes = []
    later: list[Later] = []


class Line(msgspec.Struct, kw_only=True):
    """One line of an answer's time line."""

    at: _Moment
    by: _Name
    text: _Text
    note: _Note = ""
    standing: Standing
    due_by: _Moment | None = None
    wants_help: bool = False


class Says(msgspec.Struct, kw_only=True):
    """An answer on its way up: where it stands after `version` of the alert, who said so, and all that was said."""

    advisory: _Key
    version: _Number
    code: _Code
    standing: Standing
    asked_at: _Moment
    said_at: _Moment
    wants_help: bool = False
    voice: Voice = Voice.NOBODY
    by: _Name = ""
    note: _Note = ""
    lines: Annotated[list[Line], Meta(max_length=MOST_LINES)] = []


class Offers(msgspec.Struct, kw_only=True):
    """Help on its way down: who offers it, and to whom."""

    advisory: _Key
    by: _Name
    note: _Note
    at: _Moment
    codes: _Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Something that is ready to be told: its identifier, when it became so, and its body."""

    id: str
    at: datetime
    body: dict[str, object]


def plain(body: msgspec.Struct) -> dict[str, object]:
    """As JSON can hold it."""
    found: dict[str, object] = msgspec.to_builtins(body)
    return found


def read(body: bytes, kind: type[_Body]) -> _Body:
    """What came.

    Raises:
        BadInputError: it is nothing of the kind.

    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"What was sent of a high severity alert cannot be read: {error}.",
            advice="Bring the node that sent it to a version that this one understands.",
        ) from error
