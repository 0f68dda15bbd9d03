"""What the first person to ask about harm would wait for: done when the console has just started."""

from typing import Final

import structlog
from django.db import DatabaseError

from watchward.base.errors import NotReadyError, WatchwardError
from watchward.console.estate.models import Organisation
from watchward.console.harm import adapters, answers, queries
from watchward.harm.scenario import Failure, Scenario

log = structlog.get_logger(__name__)

_HOURS: Final = 4


def warm() -> None:
    """Open the map of care, and ask one question of each kind, so that all that answers them is loaded."""
    try:
        _ask()
    except NotReadyError:
        return  # the worker has not come to the map yet
    except (WatchwardError, DatabaseError) as error:
        log.warning("harm_not_warmed", reason=str(error), advice="Nothing is lost: the first who asks waits longer.")


def _ask() -> None:
    laid = adapters.laid_out()
    services = laid.model.services.thing
    if not len(services):
        return
    code = laid.model.ids[laid.model.belonging.owner[services[0]]]
    scenario = Scenario(begins=adapters.BEGINS, hours=_HOURS, failures=(Failure(thing=code),))
    one = Organisation.objects.filter(code=code).first()
    if one is not None:
        sight = queries.sight_of(one)
        answer = answers.Answer(laid=sight.laid, area=sight.area, scenario=scenario)
        log.info("harm_warmed", things=len(laid.model.ids), harm=answer.harm.value, numbers=len(answer.swings))
        adapters.ranking_of(sight.laid, sight.area, _HOURS)
    queries.sight_of(None).matching("records")
