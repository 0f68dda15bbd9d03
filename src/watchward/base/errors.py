"""Errors that tell their reader what to do."""

import copyreg
from typing import Any


class WatchwardError(Exception):
    """Something went wrong, and this says what to do about it.

    Args:
        message: what went wrong and where, in one sentence.
        advice: the next step for whoever reads it. Required, so that no one can forget it.

    """

    def __init__(self, message: str, *, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by calling its class with `args`, which hold no advice.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # pickle's own

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}"


class BadInputError(WatchwardError):
    """What the user gave cannot be used; the command line ends with exit code 2."""


class BadSetupError(WatchwardError):
    """This installation or its configuration is not right; the command line ends with exit code 3."""


class NotAllowedError(WatchwardError):
    """Who asked may not do this there."""


class NotReadyError(WatchwardError):
    """What was asked for is still being made."""


class TooSoonError(WatchwardError):
    """Who asked has as much as one may have for now.

    Args:
        message: what there is too much of.
        advice: the next step.
        seconds: after how long it is worth trying again.

    """

    def __init__(self, message: str, *, advice: str, seconds: int) -> None:
        super().__init__(message, advice=advice)
        self.seconds = seconds
