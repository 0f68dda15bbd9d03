"""Contents that nobody would write: known good ones, cut, joined, and changed in every way that has hurt parsers."""

import random
from collections.abc import Sequence

ODD = [
    *(
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1e",
        b"\x85",
        b"\xe2\x80\xa8",
        b"\r",
    ),
    *("\u0130".encode(), "\u00df".encode(), "\ufb01".encode(), "\U0001f600".encode(), b"\\ud800", b"\\u0000", b"\\"),
    *(b"9" * 400, b"-0", b"1e999", b"0x", b"NaN", b"1e-400", b"18446744073709551616", b"0o7", b".5", b"1_0"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b"[" * 70, b'{"a":' * 70, b"- " * 60, b"(" * 90, b"not " * 300, b"\n---\n"),
    *(b": ", b"|", b"|all", b"&a ", b"*a", b"!!int ", b"!!python/object:os.system ", b"<<: ", b"? ", b"#", b"\t"),
    *(b"%", b"%x%", b"*", b"?", b"~", b"null", b"true", b"2026-02-30", b"12:30:45", b"\n\n", b" ", b"\n    "),
]
"""Pieces that mean something to some reader, or are no text at all."""

SIGMA = [
    *(
        b"|contains",
        b"|startswith",
        b"|endswith",
        b"|re",
        b"|re|i|m|s",
        b"|cidr",
        b"|base64",
        b"|base64offset",
        b"|all",
    ),
    *(b"|utf16le", b"|utf16be", b"|utf16", b"|wide", b"|windash", b"|cased", b"|exists", b"|fieldref", b"|neq"),
    *(
        b"|lt",
        b"|gte",
        b"|hour",
        b"|week",
        b"|expand",
        b"|contains|all",
        b"1 of them",
        b"all of s*",
        b" and not ",
        b" or ",
    ),
    *(
        b"correlation:",
        b"filter:",
        b"type: temporal_ordered",
        b"timespan: 5m",
        b"group-by: [A]",
        b"aliases:",
        b"generate: true",
    ),
    *(
        b"condition: {gte: 1, lt: 3}",
        b"type: value_percentile",
        b"percentile: 95",
        b"detection:",
        b"logsource:",
        b"rules:",
    ),
]
"""Words of Sigma."""


def mutated(seeds: Sequence[bytes], chance: random.Random, words: Sequence[bytes] = ()) -> bytes:
    """One content, some steps away from a seed."""
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.choice([1, 1, 2, 3, 5, 9, 20])):
        chance.choice(_STEPS)(content, seeds, chance, [*ODD, *words, *words])
    return bytes(content)


def _flip(content, _seeds, chance, _words):
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _insert(content, _seeds, chance, words):
    at = chance.randint(0, len(content))
    content[at:at] = chance.choice(words)


def _replace(content, _seeds, chance, words):
    at = chance.randint(0, len(content))
    content[at : at + chance.randint(1, 8)] = chance.choice(words)


def _delete(content, _seeds, chance, _words):
    at = chance.randint(0, len(content))
    del content[at : at + chance.choice([1, 1, 2, 7, 60])]


def _repeat(content, _seeds, chance, _words):
    begin = chance.randint(0, len(content))
    piece = content[begin : begin + chance.choice([1, 3, 20, 200])]
    content[begin:begin] = piece * chance.choice([1, 2, 30])


def _splice(content, seeds, chance, _words):
    other = chance.choice(seeds)
    begin, at = chance.randint(0, len(other)), chance.randint(0, len(content))
    content[at : at + chance.choice([0, 10, 100])] = other[begin : begin + chance.choice([5, 50, 500])]


def _move_line(content, seeds, chance, _words):
    """Lines are what YAML and NDJSON are made of: take one from elsewhere, with its indentation."""
    lines, others = bytes(content).split(b"\n"), chance.choice(seeds).split(b"\n")
    at = chance.randrange(len(lines))
    lines[at : at + chance.randint(0, 1)] = [chance.choice(others)]
    content[:] = b"\n".join(lines)


def _cut(content, _seeds, chance, _words):
    del content[chance.randint(0, len(content)) :]


_STEPS = [_flip, _insert, _insert, _replace, _delete, _repeat, _splice, _splice, _move_line, _move_line, _cut]
