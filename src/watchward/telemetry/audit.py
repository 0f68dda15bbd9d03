r"""A record of the Linux audit daemon as it stands in its log: its fields under the names that it gives them.

>>> found = record('type=EXECVE msg=audit(1772366398.125:77): argc=2 a0="cat" a1=2F746D702F6120 key=(null)')
>>> found["type"], found["a0"], found["a1"], found["key"]
('EXECVE', 'cat', '/tmp/a ', '(null)')

"""

import re
from functools import cache

from watchward.telemetry.batch import joined
from watchward.telemetry.registry import table

SERIAL = "msg"
"""The field that records of one system call share: its time and number."""

TIME = "@time"
"""When the record was made, in microseconds since 1970 as text."""

LONGEST = 64 * 1024
"""The longest line that is taken for a record, in letters; the kernel's own are shorter than 9,000."""

_HEAD = re.compile(
    r"\s*(?:node=\S{1,255} )?(?:type=([A-Z][A-Z0-9_]*|UNKNOWN\[\d+\]) )?"
    r"(?:msg=)?audit\((\d{1,10})\.(\d{1,9}):(\d{1,20})\): ?"
)
# Names and braces are bounded so that no line, however made, takes more than a few passes.
_FIELD = re.compile(r"""([A-Za-z_][\w\-]{0,40}(?:\[\d{1,5}\])?)=(?:"([^"]*)"|'([^']*)'|(\{[^}]{0,500}\}|\S*))""")
_ARGUMENT = re.compile(r"a(\d{1,5})(?:\[(\d{1,5})\])?")
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_ENCODED = frozenset(
    {"acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "key", "name", "path", "proctitle", "unit"}
)
_ARCHITECTURES = {"c000003e": "x86_64", "c00000b7": "aarch64"}


def record(line: str) -> dict[str, str]:
    """The fields of a record; empty where the line is none."""
    head = _HEAD.match(line)
    if head is None or len(line) > LONGEST:
        return {}
    kind, seconds, fraction, number = head.groups()
    # Behind the separator, which rsyslog may write in octal digits, stand the same values again, in words.
    body, _, words = line[head.end() :].replace("#035", "\x1d").partition("\x1d")
    found = _fields(body, decode=True)
    kind = kind or found.pop("type", None)
    if kind is None:
        return {}
    found |= {name: text for name, text in _fields(words, decode=False).items() if name not in found}
    found |= {"type": kind, SERIAL: f"{seconds}.{fraction}:{number}"}
    found[TIME] = str(int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6]))
    _name_call(found)
    return _with_arguments(found) if kind == "EXECVE" else found


def _fields(text: str, *, decode: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _FIELD.findall(text):
        if single and name == "msg":
            found |= _fields(single, decode=decode)
        elif bare:
            found[name] = _decoded(bare) if decode and name in _ENCODED else bare
        else:
            found[name] = double or single
    return found


def _decoded(text: str) -> str:
    """What the daemon wrote in hexadecimal, as it does with spaces, quotation marks and foreign letters."""
    if not _HEX.fullmatch(text):
        return text
    return bytes.fromhex(text).rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")


def _with_arguments(found: dict[str, str]) -> dict[str, str]:
    """The record with its arguments decoded, those that came in pieces whole, and all of them as one list."""
    pieces: dict[int, list[tuple[int, str]]] = {}
    for name in list(found):
        argument = _ARGUMENT.fullmatch(name)
        if argument:
            pieces.setdefault(int(argument[1]), []).append((int(argument[2] or 0), found.pop(name)))
    arguments = [_decoded("".join(text for _, text in sorted(pieces[number]))) for number in sorted(pieces)]
    found |= {f"a{number}": text for number, text in zip(sorted(pieces), arguments, strict=True)}
    if arguments:
        found["process.args"] = joined(arguments)
    return found


def _name_call(found: dict[str, str]) -> None:
    """Give the system call its name, which a log without words tells by number."""
    if "syscall" in found and "SYSCALL" not in found:
        architecture = _ARCHITECTURES.get(found.get("arch", ""), "")
        name = _calls().get((architecture, found["syscall"]))
        if name:
            found["SYSCALL"] = name


@cache
def _calls() -> dict[tuple[str, str], str]:
    return {(row["architecture"], row["number"]): row["name"] for row in table("syscalls")}
