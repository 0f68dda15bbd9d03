"""What can go wrong in the event store."""

from watchward.base.errors import BadInputError, WatchwardError


class LakeError(WatchwardError):
    """The event store cannot do what was asked of it."""


class JournalError(LakeError):
    """The match journal is not as it must be."""


class HuntError(BadInputError):
    """A hunt's SQL cannot be run, or went beyond its limits."""
