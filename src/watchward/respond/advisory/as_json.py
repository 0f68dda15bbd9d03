"""A high severity alert as JSON: as it is stored, given to other programs, and sent to other nodes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from watchward.base.errors import BadInputError
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.content import Action, Advisory, Product, Severity, Whom


def as_json(one: Advisory) -> dict[str, Any]:
    """An alert as what JSON can hold; `of_json` reads it again."""
    return {
        "number": one.number,
        "title": one.title,
        "severity": one.severity.value,
        "what": one.what,
        "plain": one.plain,
        "products": [
            {"name": each.name, "versions": each.versions, "supplier": each.supplier, "sends": each.sends}
            for each in one.products
        ],
        "cves": list(one.cves),
        "actions": [{"text": each.text, "by": each.by.isoformat()} for each in one.actions],
        "whom": {
            "area": one.whom.area,
            "kinds": sorted(kind.value for kind in one.whom.kinds),
            "only_known": one.whom.only_known,
        },
    }


def of_json(found: Mapping[str, Any]) -> Advisory:
    """The alert that JSON holds.

    Raises:
        BadInputError: something is missing, or is not what it should be.

    """
    try:
        read = msgspec.convert(found, type=_Document)
    except msgspec.ValidationError as error:
        raise BadInputError(
            f"This is no high severity alert: {error}.", advice="See docs/guides/advisories.md for its form."
        ) from error
    return Advisory(
        number=read.number,
        title=read.title,
        severity=read.severity,
        what=read.what,
        plain=read.plain,
        products=tuple(Product(**msgspec.structs.asdict(one)) for one in read.products),
        cves=tuple(read.cves),
        actions=tuple(Action(text=one.text, by=one.by) for one in read.actions),
        whom=Whom(area=read.whom.area, kinds=read.whom.kinds, only_known=read.whom.only_known),
    )


class _Product(msgspec.Struct, kw_only=True):
    name: str
    versions: str = ""
    supplier: str = ""
    sends: str = ""


class _Action(msgspec.Struct, kw_only=True):
    text: str
    by: Annotated[datetime, msgspec.Meta(tz=True)]


class _Whom(msgspec.Struct, kw_only=True):
    area: str
    kinds: frozenset[OrganisationKind]
    only_known: bool = False


class _Document(msgspec.Struct, kw_only=True):
    number: str
    title: str
    severity: Severity
    what: str
    plain: str
    actions: list[_Action]
    whom: _Whom
    products: list[_Product] = []
    cves: list[str] = []
