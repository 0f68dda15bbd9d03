"""The part of the adapters that says for whom a linked node may speak (ADR 0242)."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from watchward.console.estate.models import Organisation
from watchward.console.intel.models import Head, Object
from watchward.console.link.models import Peer
from watchward.intel.stix import StixObject
from watchward.intel.stix.telling import UNNAMED


@dataclass
class Sender:
    """A node that tells something. Good for one piece of work: registers change."""

    peer: Peer

    def claims(self, one: StixObject) -> str:
        """The organisation of this node's registers as which an object speaks, if its sender does not stand for it."""
        if self.peer.is_parent:
            return ""
        names = {str(one.content.get("name", ""))} if one.type == "identity" else set()
        where = one.content.get("where_sighted_refs", ()) if one.type == "sighting" else ()
        said_by = [each for each in (one.created_by, *where) if each]
        if said_by:
            known = Object.objects.filter(stix_id__in=said_by, type="identity")
            names |= set(known.exclude(source__peer=self.peer).values_list("title", flat=True))
        return next(filter(None, map(self._other, sorted(names - {"", UNNAMED}))), "")

    def _other(self, name: str) -> str:
        """The organisation with that name or code, if the peer stands for none that has it."""
        assert self.peer.organisation is not None
        above, found = self.peer.organisation.path, self._register.get(_folded(name), ())
        return "" if any(path.startswith(above) for path, _ in found) else next((whose for _, whose in found), "")

    @cached_property
    def _register(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        drawn = Head.objects.values_list("version", flat=True).first()  # anew with every import of registers
        read = _register if drawn else _register.__wrapped__
        return read(drawn, Organisation.objects.count())


@lru_cache(maxsize=1)
def _register(_drawn: int | None, _count: int) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Paths and names of the organisations, by their names and codes as they are compared; 40,000 are read."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code, name, path in Organisation.objects.values_list("code", "name", "path"):
        for word in {_folded(code), _folded(name)} - {""}:
            found[word].append((path, name))
    return found


def _folded(name: str) -> str:
    """A name without what hardly anybody sees in it: case, spaces, punctuation, marks of width.

    >>> _folded("St. Mary's  Hospital")
    'stmaryshospital'

    """
    return "".join(one for one in unicodedata.normalize("NFKC", name).casefold() if one.isalnum())
