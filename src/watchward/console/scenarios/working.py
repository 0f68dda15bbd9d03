"""A what-if worked out for whoever's patients it counts, and what is kept of its answer."""

from dataclasses import asdict, dataclass
from typing import Any

from watchward.console.estate.models import Organisation
from watchward.console.harm import own
from watchward.console.harm import queries as harm
from watchward.console.harm.answers import Answer
from watchward.console.harm.asked import Asked
from watchward.console.harm.asking import answer_for
from watchward.console.scenarios.models import SavedScenario
from watchward.harm import as_json
from watchward.harm.errors import ScenarioError
from watchward.harm.outcome import amount


def answered(place: Organisation | None, asked: Asked) -> Answer:
    """A what-if with the map of today, counting the patients of an organisation and all below it.

    Raises:
        ScenarioError: it names nothing, or what that organisation neither has nor needs.

    """
    return answer_for(harm.sight_of(place), asked)


def recorded(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer: the whole and each kind of service, with intervals."""
    whole = answer.outcome
    return {
        "total": as_json.told(answer.seen.total, whole),
        "kinds": {kind.value: as_json.told(parts, whole) for kind, parts in answer.kinds},
        "organisations": answer.seen.organisations,
        "map": answer.known,
        "unmapped": asdict(amount(answer.seen.unmapped)),
        "samples": len(whole.draws.values) - 1,
        "weighting": whole.weighting.name,
    }


@dataclass(frozen=True, kw_only=True)
class Reopened:
    """A saved what-if with its answer of today.

    Args:
        saved: the what-if, and what it came to then.
        asked: what it asks.
        answer: what it comes to now; None where something that fails has left the map.
        gone: what is no longer on the map, in words; empty where all of it is.

    """

    saved: SavedScenario
    asked: Asked
    answer: Answer | None
    gone: str = ""

    @property
    def other_map(self) -> bool:
        """Whether the map of care has changed since."""
        return self.answer is None or self.saved.version != self.answer.laid.version

    @property
    def other_numbers(self) -> bool:
        """Whether the numbers behind harm have changed since."""
        return self.saved.table != own.digest_for(self.saved.organisation)


def asked_of(saved: SavedScenario) -> Asked:
    """What a saved what-if asks."""
    given = saved.asked
    return Asked(
        down=tuple(given["down"]),
        hours=given["hours"],
        begins=given["begins"],
        exposes=given["exposes"],
        organisation=saved.organisation.code if saved.organisation else "",
    )


def reopened(saved: SavedScenario) -> Reopened:
    """A saved what-if, worked out again with the map of today."""
    asked = asked_of(saved)
    try:
        return Reopened(saved=saved, asked=asked, answer=answered(saved.organisation, asked))
    except ScenarioError as error:
        return Reopened(saved=saved, asked=asked, answer=None, gone=error.message)
