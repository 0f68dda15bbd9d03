"""How far a block for an organisation goes, by what stands below it: set in ADR 0279."""

from typing import Final

from watchward.console.access.guard import Reach as Below
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.blocks.life import Reach

_WIDE: Final = frozenset({OrganisationKind.ICB.value, OrganisationKind.REGION.value, OrganisationKind.NATION.value})
_PROVIDERS: Final = frozenset({OrganisationKind.TRUST.value, OrganisationKind.INDEPENDENT_PROVIDER.value})
_FOR_THEMSELVES: Final = frozenset(
    {
        OrganisationKind.GP_PRACTICE.value,
        OrganisationKind.INDEPENDENT_PROVIDER.value,
        OrganisationKind.NATIONAL_BODY.value,
        OrganisationKind.PCN.value,
        OrganisationKind.SUB_ICB.value,
        OrganisationKind.TRUST.value,
    }
)
"""Kinds that are nobody's sites: whoever stands over nearly all of these blocks for all."""
_NEARLY_ALL: Final = 0.9


def reach_of(organisation: Organisation | None) -> Reach:
    """How far a block goes that is for an organisation with all below it; None: for all of this node.

    What has all or nearly all other organisations of the node below it is for all, under whatever name it is asked.
    """
    if organisation is None or organisation.kind == OrganisationKind.NATION:
        return Reach.NATION
    open_ones = Organisation.objects.filter(closed_on=None)
    below = open_ones.filter(Below(paths=(organisation.path,)).q("path")).exclude(pk=organisation.pk)
    wide = organisation.kind in _WIDE or below.filter(kind__in=_WIDE).exists()
    over_others = organisation.kind not in _PROVIDERS and below.filter(kind__in=_FOR_THEMSELVES).exists()
    if not wide and not over_others:
        return Reach.ORGANISATION
    # Those above it are there to hold the tree together: what is for all below it is for all.
    above = organisation.path.strip("/").split("/")
    others = open_ones.exclude(code__in=above).count()
    if below.count() >= _NEARLY_ALL * others:
        return Reach.NATION
    return Reach.REGION if wide else Reach.ORGANISATION
