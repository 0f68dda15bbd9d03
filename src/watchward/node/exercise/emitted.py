"""One event on its way out."""

from dataclasses import dataclass

from watchward.node.exercise.sector import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One event as its organisation's shipper sends it.

    Args:
        at: its time, in microseconds since 1970.
        site: the organisation that sends it.
        device: the machine's name, as the event gives it.
        document: the JSON document, on one line.
        label: which step of which performance of which story it belongs to (`story/number/step`); empty for everyday
            events. It never leaves the exercise.

    """

    at: int
    site: Site
    device: str
    document: str
    label: str = ""
