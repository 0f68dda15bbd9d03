"""What people do with what-ifs that they keep. Each action checks, writes and records in one transaction."""

from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.estate.models import Organisation
from watchward.console.harm.asked import Asked
from watchward.console.scenarios import working
from watchward.console.scenarios.models import SavedScenario

LONGEST_NAME: Final = 200
LONGEST_NOTE: Final = 5_000


def save_scenario(  # noqa: PLR0913 - what is asked, of whose patients, and how people call it
    *, by: Actor, asked: Asked, organisation: Organisation | None, name: str, note: str, clock: Clock
) -> SavedScenario:
    """Keep a what-if with its answer of today, for whoever may see the care of that organisation.

    Raises:
        ScenarioError: something that fails is neither there nor needed there.
        BadInputError: it has no name.

    """
    require(by, Permission.SCENARIO_SAVE, at=organisation)
    named = _named(name)
    # Worked out before the transaction begins: that may take seconds, for which nobody else should wait.
    answer = working.answered(organisation, asked)
    with transaction.atomic():
        saved = SavedScenario.objects.create(
            organisation=organisation,
            organisation_path=organisation.path if organisation else "",
            name=named,
            note=_noted(note),
            made_by=str(by)[:200],
            made_at=clock.now(),
            asked={"down": list(asked.down), "hours": asked.hours, "begins": asked.begins, "exposes": asked.exposes},
            found=working.recorded(answer),
            harm=answer.harm.value,
            version=answer.laid.version,
            table=answer.laid.numbers,
        )
        record(
            AuditEvent.SCENARIO_SAVED, by=by, subject=saved, organisation=organisation, clock=clock, asked=asked.query
        )
    return saved


@transaction.atomic
def change_scenario(*, by: Actor, scenario: SavedScenario, name: str, note: str, clock: Clock) -> None:
    """Give a saved what-if another name or note. What it asks and what it came to stay."""
    require(by, Permission.SCENARIO_SAVE, at=scenario.organisation)
    before = scenario.name
    scenario.name, scenario.note = _named(name), _noted(note)
    if not SavedScenario.objects.filter(pk=scenario.pk).update(name=scenario.name, note=scenario.note):
        raise _gone(before)
    record(
        AuditEvent.SCENARIO_CHANGED,
        by=by,
        subject=scenario,
        organisation=scenario.organisation,
        clock=clock,
        before=before,
    )


@transaction.atomic
def delete_scenario(*, by: Actor, scenario: SavedScenario, clock: Clock) -> None:
    """Throw a saved what-if away, with the answer that it had."""
    require(by, Permission.SCENARIO_SAVE, at=scenario.organisation)
    gone, _ = SavedScenario.objects.filter(pk=scenario.pk).delete()
    if not gone:
        raise _gone(scenario.name)
    record(
        AuditEvent.SCENARIO_DELETED,
        by=by,
        subject=scenario,
        organisation=scenario.organisation,
        clock=clock,
        asked=working.asked_of(scenario).query,
    )


def _gone(name: str) -> BadInputError:
    return BadInputError(f"Somebody has deleted “{name}” meanwhile.", advice="Look at the list again.")


def _named(name: str) -> str:
    found = name.strip()
    if not found or len(found) > LONGEST_NAME:
        raise BadInputError(
            "A saved what-if needs a name.", advice=f"Give it one of 1 to {LONGEST_NAME} letters, then save it."
        )
    return found


def _noted(note: str) -> str:
    found = note.strip()
    if len(found) > LONGEST_NOTE:
        raise BadInputError("The note is too long.", advice=f"Shorten it to {LONGEST_NOTE:,} letters.")
    return found
