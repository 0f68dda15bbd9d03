"""What a high severity alert says: what is wrong, for whom, what to do, and by when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from watchward.base.errors import BadInputError
from watchward.estate.organisation import OrganisationKind

NUMBER: Final = re.compile(r"[A-Z]{1,6}-[0-9]{1,6}")
"""How an issuer numbers its alerts: its letters, and a number."""

_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,7}")

MOST_ACTIONS: Final = 20
MOST_PRODUCTS: Final = 20
MOST_CVES: Final = 100
LONGEST_PLAIN: Final = 1_000
"""Characters of the plain words: what fits on two screens of a telephone."""

LONGEST_WHAT: Final = 10_000
LONGEST_LINE: Final = 300

SMALL: Final = frozenset(
    {
        OrganisationKind.BRANCH_SURGERY,
        OrganisationKind.CARE_HOME,
        OrganisationKind.CARE_PROVIDER,
        OrganisationKind.DENTAL_PRACTICE,
        OrganisationKind.GP_PRACTICE,
        OrganisationKind.HOME_CARE,
        OrganisationKind.PCN,
        OrganisationKind.PHARMACY,
    }
)
"""Kinds of organisations that seldom have people for computers of their own."""

ANSWERING: Final = SMALL | {
    OrganisationKind.ICB,
    OrganisationKind.INDEPENDENT_PROVIDER,
    OrganisationKind.NATIONAL_BODY,
    OrganisationKind.TRUST,
}
"""Kinds that can be asked: sites and areas are answered for by the organisation that runs them."""


class Severity(StrEnum):
    """How much hurry there is; the values are stored."""

    HIGH = "high"
    CRITICAL = "critical"

    @property
    def label(self) -> str:
        """The word by which people call it."""
        return self.value.capitalize()

    @property
    def meaning(self) -> str:
        """When this is the one to choose."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    Severity.HIGH: "Attackers could use it soon; those whom it concerns act within days.",
    Severity.CRITICAL: "Attackers use it now, or care is already hurt; people are told at night too.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Something that organisations run and that the alert is about.

    Args:
        name: as its maker calls it; found within what maps of care name.
        versions: which versions, in words; empty for all.
        supplier: the supplier's name or identifier in the map of care; empty where it does not matter.
        sends: what its events say that they come from, such as `windows`; empty where it sends none.

    """

    name: str
    versions: str = ""
    supplier: str = ""
    sends: str = ""

    @property
    def said(self) -> str:
        """The product with its versions, for a sentence."""
        return f"{self.name} ({self.versions})" if self.versions else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do, and the moment by which it is to be done."""

    text: str
    by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whom an alert concerns.

    Args:
        area: the code of the organisation at which and below which it holds.
        kinds: the kinds of organisations that are asked.
        only_known: only those of which it is known that they run one of the products.

    """

    area: str
    kinds: frozenset[OrganisationKind]
    only_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A high severity alert as its issuer writes it.

    Args:
        number: the issuer's own, such as `CC-0042`.
        title: in a few words.
        severity: how much hurry there is.
        what: what is wrong, for people who look after computers.
        plain: the same for people who do not, in a few short sentences.
        products: what it is about; none where it is about everything.
        cves: the vulnerabilities, by their public numbers.
        actions: what to do, and by when; at least one.
        whom: whom it concerns.

    """

    number: str
    title: str
    severity: Severity
    what: str
    plain: str
    products: tuple[Product, ...]
    cves: tuple[str, ...]
    actions: tuple[Action, ...]
    whom: Whom

    @property
    def act_by(self) -> datetime:
        """By when all of it is to be done."""
        return max(action.by for action in self.actions)


def checked(advisory: Advisory, *, now: datetime) -> Advisory:
    """An alert that may be issued at a moment.

    Raises:
        BadInputError: it says too little, too much, or something that cannot be: all of it in one sentence each.

    """
    wrong = [*_words(advisory), *_lists(advisory), *_actions(advisory, now), *_whom(advisory.whom)]
    if wrong:
        raise BadInputError(" ".join(wrong), advice="Mend what is named, and save it again.")
    return advisory


def _words(one: Advisory) -> Iterator[str]:
    if not NUMBER.fullmatch(one.number):
        yield "The number is letters, a dash and digits, such as CC-0042."
    if not one.title.strip() or len(one.title) > LONGEST_LINE // 2:
        yield f"The title has 1 to {LONGEST_LINE // 2} characters."
    if not one.what.strip() or len(one.what) > LONGEST_WHAT:
        yield f"What is wrong takes 1 to {LONGEST_WHAT:,} characters."
    if not one.plain.strip() or len(one.plain) > LONGEST_PLAIN:
        yield f"The plain words take 1 to {LONGEST_PLAIN:,} characters."
    if _CVE.search(one.plain.upper()):
        yield "The plain words name a CVE: whoever reads them does not know what that is."


def _lists(one: Advisory) -> Iterator[str]:
    if len(one.products) > MOST_PRODUCTS:
        yield f"It names more than {MOST_PRODUCTS} products."
    if any(not product.name.strip() or len(product.said) > LONGEST_LINE for product in one.products):
        yield f"Each product has a name, of {LONGEST_LINE} characters at most with its versions."
    if len(one.cves) > MOST_CVES:
        yield f"It names more than {MOST_CVES} vulnerabilities."
    if wrong := [cve for cve in one.cves if not _CVE.fullmatch(cve)]:
        yield f"{wrong[0][:40]} is no number of a vulnerability, such as CVE-2026-12345."


def _actions(one: Advisory, now: datetime) -> Iterator[str]:
    if not 1 <= len(one.actions) <= MOST_ACTIONS:
        yield f"It asks for 1 to {MOST_ACTIONS} things to be done."
    if any(not action.text.strip() or len(action.text) > LONGEST_LINE for action in one.actions):
        yield f"Each thing to do takes 1 to {LONGEST_LINE} characters."
    if any(action.by <= now for action in one.actions):
        yield "Something was to be done before now: give a later day."


def _whom(whom: Whom) -> Iterator[str]:
    if not whom.kinds:
        yield "It concerns no kind of organisation."
    if strange := whom.kinds - ANSWERING:
        named = ", ".join(sorted(kind.label for kind in strange))
        yield f"These cannot be asked by themselves: {named}. Whoever runs them answers for them."


def next_number(prefix: str, used: frozenset[str]) -> str:
    """The number after the highest that an issuer has used.

    >>> next_number("CC", frozenset({"CC-0041", "CC-0007", "XX-9999"}))
    'CC-0042'

    """
    mine = [int(number.partition("-")[2]) for number in used if number.startswith(f"{prefix}-")]
    return f"{prefix}-{max(mine, default=0) + 1:04}"
