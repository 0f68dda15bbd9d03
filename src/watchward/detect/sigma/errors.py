"""What is wrong with a rule, and what its author can do about it."""

from watchward.base.errors import BadInputError


class RuleError(BadInputError):
    """A rule cannot be used.

    Args:
        message: what is wrong with it, without its place: who reads the file adds file and line.
        advice: what to do.
        within: the keys that lead from the top of the rule to what is wrong, as far as they are known.
        line: the line in the file, where it is known and the keys are not.

    """

    def __init__(self, message: str, *, advice: str, within: tuple[str, ...] = (), line: int = 0) -> None:
        super().__init__(message, advice=advice)
        self.within = within
        self.line = line


class PlaceholderError(RuleError):
    """The rule needs a value that only the site can give."""


class CorrelationError(RuleError):
    """The rule counts or joins events, which this version does not do."""
