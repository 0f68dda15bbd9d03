"""Whose word an organisation's policy is: its own people's, where it has some (ADR 0228)."""

from collections.abc import Iterable
from difflib import get_close_matches

from watchward.access.permissions import Permission
from watchward.access.roles import roles_granting
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor
from watchward.console.access.models import Post, User
from watchward.console.estate.models import Organisation
from watchward.console.intel.models import Indicator

_DECIDING = roles_granting(Permission.BLOCK_DECIDE)


def leaves_it_to_others(by: Actor, organisation: Organisation) -> bool:
    """Whether somebody leaves a policy to the organisation's own people: they are above it, and it has some."""
    if not isinstance(by, User):
        return False
    there = Post.objects.filter(organisation=organisation, role__in=_DECIDING, user__is_active=True)
    return there.exists() and not there.filter(user=by).exists()


def require_known(codes: Iterable[str]) -> None:
    """Refuse codes that no organisation has of which this node knows, or has anything.

    Raises:
        BadInputError: one of them is such; with the nearest.

    """
    asked = set(codes)
    known = set(Organisation.objects.filter(code__in=asked).values_list("code", flat=True))
    known |= set(Indicator.objects.filter(owner__in=asked - known).values_list("owner", flat=True))
    for code in sorted(asked - known):
        near = get_close_matches(code, Organisation.objects.values_list("code", flat=True), cutoff=0.5)
        meant = f"Did you mean {' or '.join(near)}? " if near else ""
        raise BadInputError(
            f"{code[:20]} is the code of no organisation that this node knows.",
            advice=f"{meant}An organisation's page shows its code.",
        )
