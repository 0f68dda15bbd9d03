"""How the alert of a correlation looks: what was asked for, what belongs together, and the events that made it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from watchward.console.detect.alert_presenter import EventPresenter
from watchward.console.detect.models import Alert, AlertCorrelation, AlertEvent, Rule
from watchward.telemetry.masking import masked_event

_NAMED: Final = 5
"""How many devices or values a sentence names."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPresenter:
    """One of the events that made the alert of a correlation."""

    event: EventPresenter
    at: datetime
    device: str
    rules: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatedPresenter:
    """What a correlation found.

    Args:
        alert: its alert.
        found: what was found.
        events: the earliest of its events.
        rules: the rules that they met, by id.
        made_of: the alerts of other correlations that it read, as far as the reader may see them.
        outside: the reader is outside the organisation, so what is shaped like an NHS number is hidden.

    """

    alert: Alert
    found: AlertCorrelation
    events: Sequence[AlertEvent]
    rules: Mapping[str, Rule]
    made_of: Sequence[Alert]
    outside: bool

    @property
    def asks(self) -> str:
        """What the correlation looks for."""
        return self.found.asks

    @property
    def group(self) -> list[tuple[str, str]]:
        """The fields by which its events belong together, with their values."""
        pairs = dict(self.found.group)
        return list((masked_event(pairs) if self.outside else pairs).items())

    @property
    def devices(self) -> list[str]:
        """The devices on which its events happened, by name."""
        return sorted({event.device for event in self.events if event.device}, key=str.casefold)

    @property
    def where(self) -> str:
        """On which devices, in a few words."""
        return some_of(self.devices or [self.alert.device])

    @property
    def events_counted(self) -> str:
        """How many events made it, and what stands for more of them than itself."""
        count = f"{self.alert.count:,}"
        if not self.found.made_of:
            return count
        return f"{count}. Of a part that is made of several events itself, only those at which it held are counted"

    @property
    def sure(self) -> str:
        """Whether it may still change."""
        if self.alert.provisional:
            return "Provisional: events that come late may still change or undo it"
        return "Final: nothing that comes can change it any more"

    @property
    def rows(self) -> list[Row]:
        """What is known of it, as rows of the NHS summary list."""
        return [
            _row("It looks for", self.asks),
            *(_row(name, value) for name, value in self.group),
            _row("Events", self.events_counted),
            *(_row(f"Different values of {name}", value) for name, value in self._counted()),
            _row("Devices", self.where),
            _row("How sure it is", self.sure),
        ]

    @property
    def parts(self) -> list[PartPresenter]:
        """The earliest of its events, each with what happened and the rules that it met."""
        return [self._part(event) for event in self.events]

    def _counted(self) -> Iterable[tuple[str, str]]:
        """The values that are counted, of the events that are kept."""
        for name in self.found.counted:
            values = dict.fromkeys(
                value for event in self.events if (value := {**event.context, **event.fields}.get(name)) is not None
            )
            shown = [masked_event({name: value})[name] if self.outside else value for value in values]
            if shown:
                yield name, f"{len(shown):,}: {some_of(shown)}"

    def _part(self, event: AlertEvent) -> PartPresenter:
        met = [self.rules[rule] for rule in event.rules if rule in self.rules]
        first = met[0] if met else None
        shown = EventPresenter(
            event=None,
            kept=event,
            device=event.device,
            outside=self.outside,
            category=first.category if first else "",
            service=first.service if first else "",
        )
        return PartPresenter(event=shown, at=event.observed_at, device=event.device, rules=[one.title for one in met])


def some_of(names: Sequence[str]) -> str:
    """A few names, and how many more there are.

    >>> some_of(["a", "b"]), some_of(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')

    """
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _row(name: str, value: str) -> Row:
    return {"key": {"text": name}, "value": {"text": value}}
