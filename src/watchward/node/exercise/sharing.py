"""Where the exercise's organisations share what protects the others: one collection, which all read and add to."""

from typing import TYPE_CHECKING, Final

from watchward.base.clock import SystemClock
from watchward.node.exercise.sector import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from watchward.console.estate.models import Organisation

TITLE: Final = "Shared in the Exercise Kingdom"


def open_collection(organisations: "Mapping[str, Organisation]") -> None:
    """Make it, so that an alert of the exercise can be shared at once."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.intel import actions  # noqa: PLC0415 - as above

    desk, clock = Service(name="The operations centre"), SystemClock()
    wanted = actions.NewCollection(
        organisation=organisations[TOP.code],
        title=TITLE,
        description="What one organisation met, so that all others are protected from it",
        alias="shared",
    )
    made = actions.add_collection(by=desk, collection=wanted, clock=clock)
    actions.share_collection(
        by=desk, collection=made, share=actions.Share(organisation=None, read=True, write=True), clock=clock
    )
