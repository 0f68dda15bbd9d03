"""Who may answer for whom: an organisation for itself, and whoever hosts it where it is small and has not spoken."""

from enum import StrEnum

from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Standing, Step, may_say
from watchward.respond.advisory.content import SMALL


class Voice(StrEnum):
    """Who spoke last; the values are stored."""

    NOBODY = ""
    OWN = "own"
    FOR = "for"

    @property
    def label(self) -> str:
        """Who that was, in words."""
        return {Voice.NOBODY: "Nobody", Voice.OWN: "Itself", Voice.FOR: "Answered for it"}[self]


FOR_OTHERS = frozenset({Step.ACKNOWLEDGE, Step.APPLY, Step.NOT_CONCERNED, Step.FINISH})
"""What may be said for somebody else. To carry a risk is for those whose risk it is, and so is to ask for help."""


def may_answer_for(kind: OrganisationKind, spoke: Voice, standing: Standing, step: Step) -> bool:
    """Whether whoever hosts an organisation may say something for it.

    Args:
        kind: of the organisation.
        spoke: who spoke for it last.
        standing: where its answer stands.
        step: what would be said.

    """
    return kind in SMALL and spoke is not Voice.OWN and step in FOR_OTHERS and step in may_say(standing)
