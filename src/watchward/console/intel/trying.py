"""Asks a source what it offers, now, and keeps nothing of the answer."""

from dataclasses import dataclass

from watchward.base.errors import BadInputError, WatchwardError
from watchward.console.intel.fetching import Feed
from watchward.console.intel.models import Source
from watchward.console.intel.polling import feed_of
from watchward.intel import misp, plain, stix


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it.

    Args:
        works: whether it can be read.
        sentence: what it offers; or what is wrong, and what to do.

    """

    works: bool
    sentence: str


def tried(source: Source) -> Tried:
    """Ask a server or a list as polling would."""
    try:
        with feed_of(source) as feed:
            offers = _listed(feed.text()) if source.kind == Source.Kind.FEED else _collection(feed)
    except WatchwardError as error:
        return Tried(works=False, sentence=f"{error.message} {error.advice}")
    return Tried(works=True, sentence=offers)


def _collection(feed: Feed) -> str:
    title = feed.title()
    page = feed.page(after="", cursor="")
    named = f"It answers, and calls this collection “{title}”." if title else "It answers."
    if not page.count:
        return f"{named} There is nothing in it yet that this account may have."
    more = "more follow" if page.more else "those are all"
    return f"{named} Its first page holds {page.count:,} {'object' if page.count == 1 else 'objects'}; {more}."


def _listed(text: bytes) -> str:
    things = _count(text)
    if not things:
        raise BadInputError(
            "It answers, with nothing that can be used.",
            advice="Give the address of STIX, of MISP JSON, or of a list with one address, name or digest a line.",
        )
    return f"It answers, and names {things:,} {'thing' if things == 1 else 'things'}."


def _count(text: bytes) -> int:
    """How many things a text names: STIX, an event of MISP, or a list."""
    if text.lstrip()[:1] not in {b"{", b"["}:
        return len(plain.read(text).observables)
    found = stix.read(text)
    return len(found.objects) or len(misp.read(text).items)
