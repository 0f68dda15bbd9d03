"""The part of the adapters that says for whom a linked node may speak (ADR 0242)."""

import unicodedata
from collections.abc import Mapping
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
        others = (self._others.get(_folded(name), "") for name in sorted(names - {"", UNNAMED}))
        return next(filter(None, others), "")

    @cached_property
    def _others(self) -> Mapping[str, str]:
        """The organisations for which it does not stand, by their names and codes as they are compared."""
        assert self.peer.organisation is not None
        drawn = Head.objects.values_list("version", flat=True).first()  # anew with every import of registers
        others = _others_than if drawn else _others_than.__wrapped__
        return others(self.peer.organisation.path, drawn, Organisation.objects.count())


@lru_cache(maxsize=64)
def _others_than(above: str, _drawn: int | None, _count: int) -> Mapping[str, str]:
    """The organisations that are not at or below a path, by names and codes as they are compared; 40,000 are read."""
    own, others = set[str](), dict[str, str]()
    for code, name, path in Organisation.objects.values_list("code", "name", "path"):
        for word in (_folded(code), _folded(name)):
            own.add(word) if path.startswith(above) else others.setdefault(word, name)
    return {word: name for word, name in others.items() if word and word not in own}


def _folded(name: str) -> str:
    """A name without what hardly anybody sees in it: case, spaces, punctuation, marks of width.

    >>> _folded("St. Mary's  Hospital")
    'stmaryshospital'

    """
    return "".join(one for one in unicodedata.normalize("NFKC", name).casefold() if one.isalnum())
