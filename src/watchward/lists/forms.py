"""The forms in which a list is served: where each is found, and how a chunk of the list reads in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from watchward.intel.lists import defender, edl, explained, rpz, squid, stix, suricata, zeek
from watchward.intel.lists.block import Listed, Rendered
from watchward.intel.stix.identifiers import derived
from watchward.lists.view import Item


class Family(StrEnum):
    """What a control is, by what it reads."""

    RPZ = "rpz"
    FIREWALL = "firewall"
    SQUID = "squid"
    SURICATA = "suricata"
    ZEEK = "zeek"
    DEFENDER = "defender"
    STIX = "stix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a list says of itself.

    Args:
        zone: the name of its zone.
        serial: the serial of its zone.
        tag: the name of what it holds.

    """

    zone: str
    serial: int
    tag: str


def _nothing(_: Edition) -> bytes:
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of the list.

    Args:
        name: its path below `/lists/`.
        family: which controls read it; None: every control may.
        media: its media type.
        render: a chunk in it, and how many blocks that holds.
        head: what stands before the chunks.
        between: what stands between two chunks that are not empty.
        tail: what stands behind them.

    """

    name: str
    family: Family | None
    media: str
    render: Callable[[Sequence[Item]], tuple[bytes, int]]
    head: Callable[[Edition], bytes] = _nothing
    between: bytes = b""
    tail: bytes = b""


def _defender(items: Sequence[Item]) -> tuple[bytes, int]:
    bodies, _ = defender.defender([one.listed for one in items])
    content = b",".join(body.removeprefix(_INDICATORS).removesuffix(b"]}") for body in bodies)
    return content, content.count(b'"indicatorValue"')


def _explained(items: Sequence[Item]) -> tuple[bytes, int]:
    content = explained.explained(one.listed for one in items)
    return content.removeprefix(_BLOCKS).removesuffix(b"]}"), len(items)


def _stix(items: Sequence[Item]) -> tuple[bytes, int]:
    rendered = stix.stix(one.listed for one in items)
    content = rendered.content.partition(_OBJECTS)[2].removesuffix(b"]}") if rendered.entries else b""
    return content, rendered.entries


def _zone_head(edition: Edition) -> bytes:
    return rpz.rpz((), rpz.Zone(origin=edition.zone, serial=edition.serial)).content


def _bundle_head(edition: Edition) -> bytes:
    name = derived("bundle", {"of": edition.tag, "zone": edition.zone})
    return b'{"type":"bundle","id":"%s",%s' % (name.encode(), _OBJECTS)


LONGEST_ORIGIN: Final = "x" * 35
"""As long as the name of any organisation's zone, so that a chunk reads the same in all of them."""
_INDICATORS: Final = b'{"Indicators":['
_BLOCKS: Final = b'{"blocks":['
_OBJECTS: Final = b'"objects":['
_TABLE: Final = zeek.zeek(()).content
_JSON: Final = "application/json"
_TEXT: Final = "text/plain; charset=us-ascii"
_FOLDER: Final = "/var/lib/suricata/data/watchward"


def _text(name: str, family: Family, make: Callable[[Sequence[Listed]], Rendered], *, once: bool = False) -> Form:
    """A form of lines, some of which may be of the head."""
    head = make(()).content

    def render(items: Sequence[Item]) -> tuple[bytes, int]:
        rendered = make([one.listed for one in items if not (once and one.said)])
        return rendered.content[len(head) :], rendered.entries

    return Form(name=name, family=family, media=_TEXT, render=render, head=lambda _: head)


FORMS: Final = {
    one.name: one
    for one in (
        Form(
            name="rpz",
            family=Family.RPZ,
            media="text/dns",
            render=_text(
                "", Family.RPZ, lambda listed: rpz.rpz(listed, rpz.Zone(origin=LONGEST_ORIGIN, serial=1))
            ).render,
            head=_zone_head,
        ),
        _text("firewall/addresses", Family.FIREWALL, edl.addresses),
        _text("firewall/domains", Family.FIREWALL, edl.domains),
        _text("firewall/names", Family.FIREWALL, lambda listed: edl.domains(listed, under=False)),
        _text("firewall/urls", Family.FIREWALL, edl.urls, once=True),
        _text("firewall/urls-with-scheme", Family.FIREWALL, lambda listed: edl.urls(listed, scheme=True)),
        _text("squid/addresses", Family.SQUID, squid.addresses),
        _text("squid/domains", Family.SQUID, squid.domains, once=True),
        _text("squid/urls", Family.SQUID, squid.urls),
        _text("suricata/rules", Family.SURICATA, suricata.rules),
        _text("suricata/alert-rules", Family.SURICATA, lambda listed: suricata.rules(listed, suricata.Action.ALERT)),
        Form(
            name="suricata/dataset-rules",
            family=Family.SURICATA,
            media=_TEXT,
            render=lambda _: (b"", 0),
            head=lambda _: suricata.dataset_rules(_FOLDER),
        ),
        *(
            _text(f"suricata/{name}.lst", Family.SURICATA, partial(suricata.dataset, of=of))
            for name, of in suricata.SETS.items()
        ),
        _text("zeek", Family.ZEEK, zeek.zeek),
        Form(
            name="defender",
            family=Family.DEFENDER,
            media=_JSON,
            render=_defender,
            head=lambda _: _INDICATORS,
            between=b",",
            tail=b"]}",
        ),
        Form(
            name="stix",
            family=Family.STIX,
            media="application/stix+json;version=2.1",
            render=_stix,
            head=_bundle_head,
            between=b",",
            tail=b"]}",
        ),
        Form(
            name="explained",
            family=None,
            media=_JSON,
            render=_explained,
            head=lambda _: _BLOCKS,
            between=b",",
            tail=b"]}",
        ),
    )
}
"""Every form, by its name."""


@cache
def fingerprint() -> str:
    """Another one when the forms may read otherwise: what was rendered before counts no longer."""
    found = blake2b(digest_size=16)
    for folder in ("watchward.intel.lists", "watchward.intel", "watchward.lists"):
        for file in sorted(files(folder).iterdir(), key=lambda one: one.name):
            if file.name.endswith(".py"):
                found.update(file.read_bytes())
    return found.hexdigest()
