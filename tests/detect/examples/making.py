"""Values that meet what is asked of one field, and values that just do not."""

import ipaddress
import random
import re
import re._constants as words
import re._parser as parser
from collections.abc import Iterator, Sequence
from itertools import chain

from detect.examples.reading import Ask, Number, Search, Text, Token, Wild, Within

FILLERS = ("", " ", "zq", "_7", "\\zq\\", ".0x", "zq z", "x" * 20)
"""What stands where a rule leaves it open; more than one, because some other part of a rule may forbid it."""

_PLAIN = [chr(code) for code in range(32, 127)]
_CATEGORIES = {
    words.CATEGORY_DIGIT: "7042",
    words.CATEGORY_NOT_DIGIT: "qz-",
    words.CATEGORY_SPACE: " ",
    words.CATEGORY_NOT_SPACE: "qz7",
    words.CATEGORY_WORD: "qzZ7_",
    words.CATEGORY_NOT_WORD: " -/",
}


def values_for(wanted: Sequence[Ask], chance: random.Random) -> Iterator[str]:
    """Values that may meet all of some comparisons; whether they do is for the caller to see."""
    texts = [ask for ask in wanted if isinstance(ask, Text)]
    others = [ask for ask in wanted if not isinstance(ask, Text)]
    if not wanted:
        yield from ("zq", "0", "zq.7", " ")
    for filler in FILLERS if texts else ():
        for order in (texts, sorted(texts, key=lambda ask: -len(ask.tokens)), texts[::-1]):
            value = _assembled(order, filler)
            yield value
            for other in others:
                if isinstance(other, Search):
                    found = sampled(other, chance)
                    yield from (value + found, found + value, _between(order, found))
    for ask in others:
        yield from _values_of(ask, chance)


def _values_of(ask: Ask, chance: random.Random) -> Iterator[str]:
    match ask:
        case Search():
            for number in range(30):
                found = sampled(ask, chance)
                yield found
                yield found + FILLERS[number % len(FILLERS)]
                yield FILLERS[number % len(FILLERS)] + found
        case Number(_, _, number):
            yield from (str(number), str(int(number) + 1), str(int(number) - 1))
        case Within(_, network):
            known = ipaddress.ip_network(network)
            yield from (str(known[min(1, known.num_addresses - 1)]), str(known[-1]), str(known[0]))
        case _:
            return


def filled(tokens: Sequence[Token], filler: str) -> str:
    """A text with something in place of its wildcards."""
    return "".join(filler if token is Wild.MANY else "w" if token is Wild.ONE else str(token) for token in tokens)


def _assembled(texts: Sequence[Text], filler: str) -> str:
    """One value out of several texts: the longest beginning, all that stands between, the longest end."""
    exact = [text for text in texts if len(text.pieces) == 1]
    if exact:
        return filled(exact[0].tokens, "")
    heads = [filled(text.pieces[0], "") for text in texts]
    tails = [filled(text.pieces[-1], "") for text in texts]
    middles = [filled(piece, "") for text in texts for piece in text.pieces[1:-1] if piece]
    return max(heads, key=len) + filler + "".join(one + filler for one in middles) + max(tails, key=len)


def _between(texts: Sequence[Text], found: str) -> str:
    heads = [filled(text.pieces[0], "") for text in texts]
    tails = [filled(text.pieces[-1], "") for text in texts]
    return max(heads, key=len) + found + max(tails, key=len)


# --- regular expressions ---------------------------------------------------------------------------------------------


def sampled(ask: Search, chance: random.Random) -> str:
    """A text in which an expression is likely to be found."""
    return _sample(parser.parse(ask.expression.pattern), chance)


def _sample(parts: object, chance: random.Random) -> str:
    return "".join(_one(word, given, chance) for word, given in parts)


def _one(word: object, given: object, chance: random.Random) -> str:  # noqa: PLR0911 - a line for each kind
    match word:
        case words.LITERAL:
            return chr(given)
        case words.NOT_LITERAL:
            return chance.choice([one for one in "qz7 -" if ord(one) != given])
        case words.ANY:
            return chance.choice("qz7")
        case words.IN:
            return _of(given, chance)
        case words.CATEGORY:
            return chance.choice(_CATEGORIES[given])
        case words.BRANCH:
            return _sample(chance.choice(given[1]), chance)
        case words.SUBPATTERN:
            return _sample(given[3], chance)
        case words.MAX_REPEAT | words.MIN_REPEAT:
            least, most, inner = given
            times = least + chance.choice([0, 0, 1]) if least < most else least
            return "".join(_sample(inner, chance) for _ in range(times))
        case _:
            return ""


def _of(given: Sequence[tuple[object, object]], chance: random.Random) -> str:
    """A character of a class."""
    if given[0][0] is words.NEGATE:
        refused = {one for part in given[1:] for one in _members(part)}
        return chance.choice([one for one in _PLAIN if one not in refused])
    members = list(chain.from_iterable(map(_members, given)))
    return chance.choice(members)


def _members(part: tuple[object, object]) -> Sequence[str]:
    match part:
        case (words.LITERAL, code):
            return [chr(code)]
        case (words.RANGE, (first, last)):
            return [chr(code) for code in range(first, min(last, first + 500) + 1)]
        case (_, category):
            expression = re.compile(_CLASSES[category], re.ASCII)
            return [one for one in _PLAIN if expression.match(one)]


_CLASSES = {
    words.CATEGORY_DIGIT: r"\d",
    words.CATEGORY_NOT_DIGIT: r"\D",
    words.CATEGORY_SPACE: r"\s",
    words.CATEGORY_NOT_SPACE: r"\S",
    words.CATEGORY_WORD: r"\w",
    words.CATEGORY_NOT_WORD: r"\W",
}


# --- just not --------------------------------------------------------------------------------------------------------


def near(ask: Ask, value: str, chance: random.Random) -> Iterator[str]:
    """Values that differ from one that meets a comparison by as little as may matter to it."""
    match ask:
        case Text():
            yield from _near_text(ask, value, chance)
        case Number(_, _, number):
            yield from (str(int(number) + step) for step in (-1, 0, 1))
            yield from (f"{value}1", f"q{value}", "")
        case Within(_, network):
            known = ipaddress.ip_network(network)
            first, last = int(known[0]), int(known[-1])
            make = type(known[0])
            yield from (str(make(one)) for one in (first - 1, last + 1) if 0 <= one < 2**known.max_prefixlen)
            yield f"{value}q"
        case Search():
            for _ in range(3):
                yield _changed_at(value, chance.randrange(len(value)) if value else 0)
            yield value[: len(value) // 2]
            yield value.swapcase()
        case _:
            return


def _near_text(ask: Text, value: str, chance: random.Random) -> Iterator[str]:
    run = max((str_of(piece) for piece in ask.pieces), key=len)
    at = value.lower().find(run.lower())
    if run and at >= 0:
        place = at + chance.randrange(len(run))
        yield _changed_at(value, place)
        yield value[:place] + value[place + 1 :]
        yield value[: at + len(run) // 2] + "q" + value[at + len(run) // 2 :]
    yield f"q{value}"
    yield f"{value}q"
    yield value.swapcase()
    yield ""


def str_of(piece: Sequence[Token]) -> str:
    """The longest run without a wildcard in a piece."""
    return max("".join("\0?" if token is Wild.ONE else str(token) for token in piece).split("\0?"), key=len)


def _changed_at(value: str, place: int) -> str:
    """A value with one other character at a place."""
    if not value:
        return "q"
    other = "q" if value[place].lower() != "q" else "w"
    return value[:place] + other + value[place + 1 :]
