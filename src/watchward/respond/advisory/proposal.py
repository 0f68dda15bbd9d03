"""Whether an alert seems to apply to an organisation, from what the platform knows: proposed with its reason.

A proposal is never an answer. What is known comes from maps of care, suppliers, devices and the events that arrive; of
most small organisations nothing is known, and then that is what is said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from watchward.estate.care.suppliers import bare
from watchward.respond.advisory.content import Product


class Likely(StrEnum):
    """What is proposed; the values are stored."""

    APPLIES = "applies"
    NOT = "not"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """What is proposed, in words."""
        return {
            Likely.APPLIES: "Seems to apply",
            Likely.NOT: "Seems not to apply",
            Likely.UNKNOWN: "Not known",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Something that an organisation runs, as its map of care has it.

    Args:
        what: what it is for, in words, such as `patient records`.
        product: the product, as somebody wrote it; empty where nobody did.
        supplier: the identifier of whoever runs it; empty where nobody said.
        supplier_name: their name.

    """

    what: str
    product: str = ""
    supplier: str = ""
    supplier_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the platform knows of an organisation's estate.

    Args:
        systems: of its map of care.
        sends: what its events say that they come from, such as `windows`.
        confirmed: somebody there has confirmed the map.

    """

    systems: tuple[System, ...] = ()
    sends: frozenset[str] = frozenset()
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, and why, in one sentence to the organisation."""

    likely: Likely
    why: str


EVERYBODY = Proposal(likely=Likely.UNKNOWN, why="It names no product, so only you can say.")


def proposed(products: Iterable[Product], known: Known) -> Proposal:
    """What is proposed to an organisation about an alert.

    >>> known = Known(systems=(System(what="Patient records", product="Bell 2", supplier_name="Larkmere Records"),))
    >>> proposed([Product(name="Bell 2")], known).why
    'You use Bell 2 of Larkmere Records for patient records.'

    """
    products = tuple(products)
    if not products:
        return EVERYBODY
    if reasons := list(dict.fromkeys(reason for one in products for reason in _reasons(one, known))):
        return Proposal(likely=Likely.APPLIES, why=" ".join(reasons[:3]))
    named = " or ".join(one.name for one in products[:3]) + (" and others" if len(products) > 3 else "")  # noqa: PLR2004 - as many as are named
    stated = [one for one in known.systems if one.product or one.supplier]
    if known.confirmed and stated and len(stated) == len(known.systems):
        return Proposal(likely=Likely.NOT, why=f"Your map of care names what you run, and {named} is not in it.")
    if stated:
        return Proposal(likely=Likely.UNKNOWN, why=f"What we know of your systems does not name {named}.")
    return Proposal(likely=Likely.UNKNOWN, why=f"We know nothing of whether you use {named}.")


def _reasons(product: Product, known: Known) -> Iterator[str]:
    """Why an organisation seems to run a product, the strongest first."""
    wanted = bare(product.name)
    by = bare(product.supplier.removeprefix("supplier/")) if product.supplier else ""
    for one in known.systems:
        of = f" of {one.supplier_name}" if one.supplier_name else ""
        what = one.what[:1].lower() + one.what[1:]
        if one.product and _within(wanted, bare(one.product)):
            yield f"You use {one.product}{of} for {what}."
        elif by and not one.product and by in {bare(one.supplier_name), one.supplier.removeprefix("supplier/")}:
            yield f"You have {what} from {one.supplier_name or product.supplier}."
    if product.sends and product.sends.casefold() in known.sends:
        yield f"Computers of yours send events of {product.name}."


def _within(wanted: str, found: str) -> bool:
    """Whether a product is named, in whole words: `bell` is in `bell-2`, and not in `campbell`."""
    return f"-{wanted}-" in f"-{found}-"
