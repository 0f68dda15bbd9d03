"""Logs: events with fields, on stderr, without patients. For whoever runs the node, not for auditors."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from watchward.telemetry.masking import masked_value


def without_patients(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide whatever is shaped like an NHS number, in whatever field it stands.

    >>> without_patients(None, "info", {"event": "file_refused", "file": "943 476 5919.txt"})["file"]
    '[NHS number hidden].txt'

    """
    return {name: masked_value(value) for name, value in event.items()}


def configure() -> None:
    """Send this process's logs to stderr; results, which go to stdout, stay alone there."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_patients,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def only_warnings() -> None:
    """Leave out of this process's logs what only tells that all is well: a person reads its results."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _to_stderr(*_: Any) -> structlog.PrintLogger:
    # Looked up each time, because stderr may be another one by then.
    return structlog.PrintLogger(sys.stderr)
