"""What files say of maps, as changes of the organisations that they speak of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from watchward.base.errors import BadInputError
from watchward.console.care import adapters, storing
from watchward.console.care.storing import Change
from watchward.console.estate.models import Organisation
from watchward.estate.care.map import CareMap
from watchward.estate.care.tables import Read, Thing


def changes(found: Read, organisations: Sequence[Organisation], *, whole: bool) -> list[Change]:
    """What the maps of organisations are, and what they are to be.

    Args:
        found: what was read.
        organisations: whose maps.
        whole: whether what is not in the files is removed.

    Raises:
        BadInputError: the files speak of others.

    """
    _nobody_elses(found.care, organisations)
    mine = _by_organisation(found.care)
    return [_changed(organisation, mine[organisation.code], whole=whole) for organisation in organisations]


def owners(care: CareMap) -> set[str]:
    """The codes of the organisations that a map speaks of."""
    return set(_by_organisation(care))


def _by_organisation(care: CareMap) -> dict[str, dict[tuple[str, str], Thing]]:
    """What a map says, by the organisation to which it belongs."""
    found: dict[str, dict[tuple[str, str], Thing]] = defaultdict(dict)
    for key, thing in storing.keyed(care).items():
        owner = getattr(thing, "organisation", None) or getattr(thing, "consumer", "").partition("/")[0]
        found[owner][key] = thing
    return found


def _changed(organisation: Organisation, mine: Mapping[tuple[str, str], Thing], *, whole: bool) -> Change:
    part = adapters.part_of(organisation)
    things = mine if whole else {**storing.keyed(part.care), **mine}
    return Change(organisation=organisation, part=part, after=storing.unkeyed(things))


def _nobody_elses(care: CareMap, organisations: Sequence[Organisation]) -> None:
    others = sorted(owners(care) - {one.code for one in organisations})
    if others:
        raise BadInputError(
            f"The files speak of {', '.join(others[:5])}, which is not among those to be brought in.",
            advice="Correct the codes, import those organisations first, or bring in each one's files by themselves.",
        )
