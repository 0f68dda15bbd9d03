"""LIKE and MATCHES of STIX as the engine compares texts: wildcards, and expressions that RE2 runs."""

import re
from typing import Final

from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.ir import How, Regex, Text, Wildcard
from watchward.detect.texts.regex import compiled
from watchward.intel.errors import PatternError
from watchward.telemetry.hives import spelt

_SEPARATOR: Final = r"[\\/]"
_NO_SEPARATOR: Final = r"[^\\/]"
_LIKE: Final = re.compile(r"([%_])")
_PIECE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|.", re.DOTALL)
_CROSSING: Final = re.compile(r"\\[DSWpPCsx]")


def like(field: str, text: str) -> Text | Wildcard:
    """A field's value is like a text in which `%` stands for any run of characters and `_` for one.

    >>> like("F", "a_b%.exe").pieces
    (('a', 'b'), ('.exe',))

    """
    pieces = tuple(tuple(piece.split("_")) for piece in text.split("%"))
    if len(pieces) == 1 and len(pieces[0]) == 1:
        return Text(field, How.EQUALS, text)
    plain = [piece[0] if len(piece) == 1 else None for piece in pieces]
    match plain:
        case ["", str(inner), ""] if inner:
            return Text(field, How.CONTAINS, inner)
        case [str(start), ""] if start:
            return Text(field, How.STARTS, start)
        case ["", str(end)] if end:
            return Text(field, How.ENDS, end)
        case _:
            return Wildcard(field, pieces)


def last_like(field: str, text: str) -> Regex:
    """The last part of a field's path is like a text."""
    return Regex(field, rf"(?:^|{_SEPARATOR}){_like_expression(text, _NO_SEPARATOR)}$", "is")


def folder_like(field: str, text: str) -> Regex:
    """The folder of a field's path is like a text."""
    return Regex(field, rf"^{_like_expression(text.rstrip(chr(92) + '/'), '.')}{_SEPARATOR}{_NO_SEPARATOR}+$", "is")


def digest_like(field: str, label: str, text: str) -> Regex:
    """Among the digests in a field, that with this label is like a text."""
    digit = "[0-9a-f]"
    return Regex(field, rf"(?:^|[^0-9a-z]){label}{_like_expression(text, digit)}(?:$|[^0-9a-f])", "i")


def _like_expression(text: str, any_one: str) -> str:
    parts = (
        f"{any_one}*" if part == "%" else any_one if part == "_" else re.escape(part) for part in _LIKE.split(text)
    )
    return "".join(parts)


def found_in(field: str, pattern: str) -> Regex:
    """An expression is found in a field's value.

    Raises:
        PatternError: RE2 cannot run it.

    """
    return Regex(field, runs(pattern))


def found_in_last(field: str, pattern: str) -> Regex:
    """An expression is found in the last part of a field's path: nothing in it may reach over a separator.

    Raises:
        PatternError: RE2 cannot run it, or it cannot be kept within one part of a path.

    """
    runs(pattern)
    kept = "".join(map(_kept_within, _PIECE.findall(pattern)))
    return Regex(field, runs(rf"(?:{kept}){_NO_SEPARATOR}*$"))


def _kept_within(piece: str) -> str:
    if _CROSSING.match(piece):
        raise PatternError(
            f"MATCHES has {piece}, which cannot be kept within the name of a file.",
            advice="Say which characters may stand there, such as [a-z0-9].",
        )
    if piece == "^":
        return rf"(?:^|{_SEPARATOR})"
    if piece == ".":
        return _NO_SEPARATOR
    return rf"[^\\/{piece[2:]}" if piece.startswith("[^") else piece


def runs(pattern: str) -> str:
    """An expression that RE2 can run.

    Raises:
        PatternError: it cannot.

    """
    try:
        compiled(pattern)
    except RuleError as error:
        raise PatternError(f"MATCHES cannot be run: {error.message}.", advice=error.advice) from None
    return pattern


def host_is(field: str, host: str) -> Regex:
    """The URL in a field, with or without its scheme, names this host."""
    return Regex(field, rf"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?\[?{re.escape(host)}\]?\.?(?::\d+)?(?:[/?#]|$)", "i")


def stands_in(field: str, name: str) -> Regex:
    """A name or address stands by itself somewhere in a field's text."""
    return Regex(field, rf"(?:^|[^0-9a-z_.:-]|::ffff:){re.escape(name)}\.?(?:$|[^0-9a-z_.:-])", "i")


def folder_is(field: str, folder: str) -> Regex:
    """The field's path lies directly in this folder."""
    return Regex(field, rf"^{re.escape(folder.rstrip(chr(92) + '/'))}{_SEPARATOR}{_NO_SEPARATOR}+$", "i")


def program_is(field: str, text: str, *, is_name: bool) -> Regex:
    """The program of a field's command is this one: by its path, or by the last part of that."""
    return _program(field, re.escape(text), is_name=is_name)


def program_like(field: str, text: str, *, is_name: bool) -> Regex:
    """The program of a field's command is like a text: its path, or the last part of that."""
    return _program(field, _like_expression(text, _NO_SEPARATOR if is_name else "."), is_name=is_name)


def _program(field: str, expression: str, *, is_name: bool) -> Regex:
    # A second colon belongs to another path: an argument of the command.
    folder = rf"(?:(?:[a-z]:)?[^\":]*{_SEPARATOR})?" if is_name else ""
    return Regex(field, rf"^\s*\"?{folder}{expression}(?:$|[\"\s])", "is")


def spelt_key(text: str) -> str:
    r"""A registry key, or a text that it is like, as telemetry spells it.

    >>> spelt_key("HKEY_LOCAL_MACHINE\\Software\\%")
    'HKLM\\Software\\%'

    """
    return spelt(text).rstrip("\\")
