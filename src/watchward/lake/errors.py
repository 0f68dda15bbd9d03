"""What can go wrong in the event store."""

from watchward.base.errors import BadInputError, WatchwardError


class LakeError(WatchwardError):
    """The event store cannot do what was asked of it."""


class JournalError(LakeError):
    """The match journal is not as it must be."""


class HuntError(BadInputError):
    """A hunt's SQL cannot be run, or went beyond its limits.

    Args:
        message: as of every error.
        advice: as of every error.
        quotes: whether the message may hold what events hold, which is not for whoever may only know counts.

    """

    def __init__(self, message: str, *, advice: str, quotes: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.quotes = quotes
