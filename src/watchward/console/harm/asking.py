"""From what somebody asks to its answer."""

from watchward.console.harm import answers
from watchward.console.harm.answers import Answer
from watchward.console.harm.asked import Asked
from watchward.console.harm.queries import Sight
from watchward.harm.errors import ScenarioError
from watchward.harm.scenario import Failure, Scenario


def scenario_of(sight: Sight, wanted: Asked) -> Scenario:
    """What is asked, as a scenario.

    Raises:
        ScenarioError: it names nothing, or what is not on the map for whoever asks.
        HarmError: how something comes back makes no sense.

    """
    unknown = [one for one in wanted.things if not sight.may_name(one)]
    if unknown or not wanted.down:
        raise ScenarioError(
            [f"{one[:120]}: is not on the map that you may see" for one in unknown] or ["nothing fails"]
        )
    failures = tuple(
        Failure(thing=thing, steps=steps, exposes=wanted.exposes) for thing, steps in sorted(wanted.failing)
    )
    return Scenario(begins=wanted.begins, hours=wanted.hours, failures=failures)


def answer_for(sight: Sight, wanted: Asked) -> Answer:
    """What is asked, worked out; raises as `scenario_of`."""
    return answers.answer(sight.laid, sight.area, scenario_of(sight, wanted))
