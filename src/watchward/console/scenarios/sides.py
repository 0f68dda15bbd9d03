"""The what-ifs that an address names: saved ones by their number, others by what they ask."""

from django.http import Http404, QueryDict

from watchward.base.errors import BadInputError
from watchward.console.access.models import User
from watchward.console.asked import seen
from watchward.console.harm import asked
from watchward.console.harm import queries as harm
from watchward.console.harm.asking import answer_for
from watchward.console.harm.what_if_views import presented
from watchward.console.scenarios import queries
from watchward.console.scenarios.models import SavedScenario
from watchward.console.scenarios.presenters import ReopenedPresenter, Side
from watchward.console.scenarios.working import reopened

SAVED = "saved"
NAMED = (SAVED, *asked.NAMES)
"""The names by which an address names a what-if."""

MARK = "_"
"""What the names of the second of two what-ifs end with."""


def is_named(given: QueryDict, mark: str = "") -> bool:
    """Whether an address names a what-if, the second of two with the mark."""
    return bool(given.get(SAVED + mark) or given.get("down" + mark))


def side(viewer: User, given: QueryDict, mark: str = "") -> Side:
    """One of the what-ifs that an address names.

    Raises:
        BadInputError: what it asks makes no sense, or something that fails has left the map.

    """
    key = given.get(SAVED + mark, "")
    if key:
        found = opened(viewer, saved_named(viewer, key))
        if found.shown is None:
            raise BadInputError(
                f"“{found.saved.name}” cannot be worked out any more. {found.again.gone}",
                advice="Open it to see the answer that it had, or ask anew.",
            )
        return Side(shown=found.shown, saved=found, query=f"{SAVED}{mark}={found.saved.pk}")
    own = QueryDict(mutable=True)
    for name in asked.NAMES:
        own.setlist(name, given.getlist(name + mark))
    wanted = asked.read(own)
    answer = answer_for(seen(harm.sight(viewer, wanted.organisation)), wanted)
    return Side(shown=presented(viewer, wanted, answer), query=marked(wanted.query, mark))


def saved_named(viewer: User, key: str) -> SavedScenario:
    """The saved what-if of that number, if the viewer may see it."""
    if not (key.isascii() and key.isdigit() and len(key) <= 18):  # noqa: PLR2004 - digits that a database holds
        raise Http404
    return seen(queries.scenario(viewer, int(key)))


def opened(viewer: User, saved: SavedScenario) -> ReopenedPresenter:
    """A saved what-if with its answer of today."""
    again = reopened(saved)
    shown = presented(viewer, again.asked, again.answer) if again.answer else None
    return ReopenedPresenter(saved=saved, again=again, shown=shown)


def marked(query: str, mark: str) -> str:
    """The same address with a mark after each name."""
    given = QueryDict(query)
    found = QueryDict(mutable=True)
    for name in given:
        found.setlist(name + mark, given.getlist(name))
    return found.urlencode()
