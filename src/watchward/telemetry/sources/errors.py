"""What is wrong with a file of telemetry."""

from watchward.base.errors import BadInputError


class FileError(BadInputError):
    """A file cannot be read, or not further."""
