"""Which template fits an organisation."""

from enum import StrEnum
from typing import Final

from watchward.base.errors import BadInputError
from watchward.estate.organisation import OrganisationKind


class TemplateKind(StrEnum):
    """What sort of organisation a template describes; the values are stored and never change."""

    ACUTE_TRUST = "acute_trust"
    AMBULANCE_TRUST = "ambulance_trust"
    CARE_HOME = "care_home"
    COMMUNITY_TRUST = "community_trust"
    GP_PRACTICE = "gp_practice"
    HOME_CARE = "home_care"
    MENTAL_HEALTH_TRUST = "mental_health_trust"
    PATHOLOGY_SUPPLIER = "pathology_supplier"
    PHARMACY = "pharmacy"
    URGENT_CARE_111 = "urgent_care_111"


class UnknownTemplateError(BadInputError):
    """There is no template of that kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no template {kind!r}.", advice=f"Use one of {', '.join(TemplateKind)}.")


_BY_KIND: Final = {
    OrganisationKind.CARE_HOME: TemplateKind.CARE_HOME,
    OrganisationKind.GP_PRACTICE: TemplateKind.GP_PRACTICE,
    OrganisationKind.HOME_CARE: TemplateKind.HOME_CARE,
    OrganisationKind.PHARMACY: TemplateKind.PHARMACY,
}

_BY_WORD: Final = {
    OrganisationKind.INDEPENDENT_PROVIDER: (("111", TemplateKind.URGENT_CARE_111),),
    OrganisationKind.SUPPLIER: (("pathology", TemplateKind.PATHOLOGY_SUPPLIER),),
    OrganisationKind.TRUST: (
        ("ambulance", TemplateKind.AMBULANCE_TRUST),
        ("mental health", TemplateKind.MENTAL_HEALTH_TRUST),
        ("community", TemplateKind.COMMUNITY_TRUST),
        ("partnership", TemplateKind.MENTAL_HEALTH_TRUST),
        ("", TemplateKind.ACUTE_TRUST),
    ),
}
"""The register does not say what sort of trust a trust is; its name mostly does. Whoever knows better says so."""


def known_kind(text: str) -> TemplateKind:
    """The kind of that name.

    Raises:
        UnknownTemplateError: there is none.

    """
    if text not in set(TemplateKind):
        raise UnknownTemplateError(text)
    return TemplateKind(text)


def likely_kind(kind: OrganisationKind, name: str) -> TemplateKind | None:
    """The template that fits an organisation best, by its kind and, where that says too little, by its name.

    Returns:
        None where it gives no care by itself, or nobody could say which: an area, a body, a site of another.

    >>> likely_kind(OrganisationKind.TRUST, "Elm Ambulance Service").value
    'ambulance_trust'

    """
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    words = name.casefold()
    return next((found for word, found in _BY_WORD.get(kind, ()) if word in words), None)
