"""What is wrong with a piece of intelligence, and what whoever has it can do."""

from watchward.base.errors import BadInputError


class IntelError(BadInputError):
    """A piece of intelligence cannot be used."""


class ObservableError(IntelError):
    """A text is no address, name or digest of the kind that it should be."""


class PatternError(IntelError):
    """A pattern cannot be read, or asks for what cannot be run."""


class SlowError(PatternError):
    """A pattern asks for what would cost too much in every event."""
