"""What can be wrong with what harm is asked, said all at once."""

from collections.abc import Sequence

from watchward.base.errors import BadInputError

_SHOWN = 50


class HarmError(BadInputError):
    """Something that harm was asked cannot be worked out."""


class ParameterError(HarmError):
    """A parameter table, or what a site puts in its place, does not fit."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(listed(problems), advice="Correct these rows; nothing of the table was taken.")


class ScenarioError(HarmError):
    """A scenario cannot be: what fails does not exist, or it ends before it begins."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(listed(problems), advice="Correct the scenario: identifiers are those of the map of care.")


class MapError(HarmError):
    """A map of care that was never checked names what is not there."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(listed(problems), advice="Check the map before it is used: `watchward estate coverage`.")


def listed(problems: Sequence[str]) -> str:
    r"""All problems, one a line, the first fifty in full.

    >>> listed(["one", "two"])
    'one\ntwo'

    """
    more = [f"… and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    return "\n".join([*problems[:_SHOWN], *more])
