"""One high severity alert of the exercise: issued two days ago, answered by most, and late at some."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from watchward.base.clock import HeldClock, SystemClock
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise import care
from watchward.node.exercise.sector import TOP, Sector, Site
from watchward.respond.advisory.answer import Step
from watchward.respond.advisory.content import Action, Advisory, Product, Severity, Whom

if TYPE_CHECKING:
    from watchward.console.estate.models import Organisation

NUMBER: Final = "CC-0042"
PRODUCT: Final = "Bell 2"
_AGO: Final = timedelta(hours=52)
_TO_DO: Final = timedelta(days=12)
_ANSWERING: Final = 150
"""Organisations of each kind that have answered or not by themselves; in a large sector the others are silent."""

_SAID: Final = (Step.FINISH, None, Step.APPLY, Step.NOT_CONCERNED, Step.FINISH, Step.ASK_HELP, Step.ACKNOWLEDGE, None)
"""What they said, in turn."""

_NOTES: Final = {
    Step.APPLY: "Our supplier installs it on Thursday",
    Step.NOT_CONCERNED: "We looked: no computer of ours has it",
    Step.ASK_HELP: "We do not know whom to ask",
}


def issue(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Issue the alert for the invented nation, and let its organisations answer."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.advisory import actions, answering_actions, queries  # noqa: PLC0415 - as above

    desk = Service(name="The operations centre")
    clock = HeldClock(at=SystemClock().now() - _AGO)
    area = organisations[TOP.code]
    draft = actions.draft_advisory(by=desk, organisation=area, says=says(clock), clock=clock)
    issued = actions.issue_advisory(by=desk, advisory=draft, clock=clock)
    for number, (site, step) in enumerate(_answers(sector)):
        answer = queries.answer_visible_to(desk, issued, site.record.code)
        if answer is None:
            continue
        clock.at = (issued.issued_at or clock.at) + timedelta(minutes=17 * (number % _ANSWERING))
        by = Service(name=f"The manager of {site.record.name}")
        note = _NOTES.get(step, "")
        answering_actions.answer_advisory(by=by, answer=answer, step=step, note=note, clock=clock)


def says(clock: HeldClock) -> Advisory:
    """What the invented alert says at a moment."""
    supplier = next(one.name for one in care.SUPPLIERS if one.id == care.CARE_PLANS)
    return Advisory(
        number=NUMBER,
        title=f"{PRODUCT} lets strangers in",
        severity=Severity.HIGH,
        what=(
            f"The sign-in page of {PRODUCT} can be passed by anybody who reaches it from the internet. Look in its log "
            "for sign-ins without a name before the update."
        ),
        plain=(
            f"The program {PRODUCT}, in which many homes keep care plans, may let strangers read and change them. "
            "Its supplier has mended it. If you use it, ring your supplier and ask for version 2.14."
        ),
        products=(Product(name=PRODUCT, versions="before 2.14", supplier=supplier),),
        cves=(),
        actions=(
            Action(text="Ask the supplier for version 2.14, or install it", by=clock.now() + _TO_DO),
            Action(text="Let nobody sign in from the internet until then", by=clock.now() + _TO_DO / 2),
        ),
        whom=Whom(
            area=TOP.code,
            kinds=frozenset({OrganisationKind.CARE_HOME, OrganisationKind.GP_PRACTICE, OrganisationKind.TRUST}),
        ),
    )


def _answers(sector: Sector) -> Iterator[tuple[Site, Step]]:
    """Who has answered what."""
    for kind in (OrganisationKind.TRUST, OrganisationKind.GP_PRACTICE, OrganisationKind.CARE_HOME):
        for number in range(min(sector.count(kind), _ANSWERING)):
            if (step := _SAID[(number + 1) % len(_SAID)]) is not None:
                yield sector.site(kind, number), step
