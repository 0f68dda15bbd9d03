"""What an indicator may name and nothing looks for: where that would tell of what everybody does, and of no attack.

An indicator for what nobody may block (`intel.never`), or for what everybody visits (`intel.warninglists`), would be
met in every event of a busy hour and bury every other alert.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from watchward.intel.errors import PatternError
from watchward.intel.never import NOBODY, Own, never
from watchward.intel.observable import Kind, Observable
from watchward.intel.pattern.parse import parse
from watchward.intel.pattern.paths import kinds_at
from watchward.intel.pattern.quick import exact
from watchward.intel.pattern.syntax import (
    AllOf,
    Between,
    Compare,
    Either,
    Every,
    Exists,
    Expression,
    Observed,
    OneOf,
    Operator,
    Repeats,
    Sequence,
    Test,
    Within,
)
from watchward.intel.warninglists import Warninglists

Judge = Callable[[Observable], str]
"""Why something is not looked for; empty where it is."""


@dataclass(frozen=True, kw_only=True)
class Withholding:
    """What decides what is not looked for.

    Args:
        own: what belongs to the sector itself.
        lists: what everybody visits; None where nobody says.
        anyway: the values of what everybody visits that a person wants looked for all the same.

    """

    own: Own = NOBODY
    lists: Warninglists | None = None
    anyway: frozenset[str] = field(default_factory=frozenset)

    def why(self, thing: Observable) -> str:
        """Why something is not looked for, as a sentence; empty where it is."""
        if (refused := never(thing, self.own)) is not None:
            return refused.why
        if self.lists is None or thing.value in self.anyway:
            return ""
        return next((hit.why for hit in self.lists.hits(thing) if not hit.known_bad), "")


def why_not(pattern: str, judge: Judge) -> str:
    """Why a pattern is not looked for: it is met by nothing more than what is withheld; empty where it asks for more.

    >>> why_not("[domain-name:value LIKE '%.nhs.uk']", Withholding().why)
    'nhs.uk is the health service in England and its sites.'
    >>> why_not("[domain-name:value = 'nhs.uk' AND process:name = 'lapwing.exe']", Withholding().why)
    ''

    """
    try:
        return _expression(parse(pattern), judge)
    except PatternError:
        return ""


def _expression(one: Expression, judge: Judge) -> str:
    match one:
        case Observed(test):
            return _test(test, judge)
        case AllOf(parts) | Sequence(parts):
            return _if_all(_expression(part, judge) for part in parts)
        case OneOf(parts):
            return _if_any(_expression(part, judge) for part in parts)
        case Within(part) | Repeats(part) | Between(part):
            return _expression(part, judge)


def _test(test: Test, judge: Judge) -> str:
    match test:
        case Compare(path, Operator.EQUAL | Operator.IN | Operator.SUBSET, values, False):
            named = [exact(kinds_at(path), value) for value in values if isinstance(value, str)]
            return _if_any(judge(one) for one in named if one is not None)
        case Compare(path, Operator.LIKE, values, False):
            return _if_any(_like(value, kinds_at(path), judge) for value in values if isinstance(value, str))
        case Every(parts):
            return _if_all(_test(part, judge) for part in parts)
        case Either(parts):
            return _if_any(_test(part, judge) for part in parts)
        case Compare() | Exists():
            return ""


def _like(text: str, kinds: tuple[Kind, ...], judge: Judge) -> str:
    """Why a text with gaps at its ends is not looked for, which reaches at least what stands between them.

    >>> _like("%.nhs.uk", (Kind.DOMAIN,), Withholding().why)
    'nhs.uk is the health service in England and its sites.'
    >>> _like("www.nhs.uk.%", (Kind.DOMAIN,), Withholding().why)
    ''

    """
    bare = text.strip("%")
    # A mere word within names says something of those who chose them; all under a top-level name says nothing. What
    # goes on behind a dot is another's name that begins like one, as names made to deceive do.
    if "." not in bare or bare.endswith(".") or not {Kind.DOMAIN, Kind.URL} & {*kinds}:
        return ""
    named = exact(kinds, bare) or exact((Kind.DOMAIN,), bare.strip("./"))
    return judge(named) if named is not None else ""


def _if_any(reasons: Iterable[str]) -> str:
    return next((why for why in reasons if why), "")


def _if_all(reasons: Iterable[str]) -> str:
    every = list(reasons)
    return every[0] if every and all(every) else ""
