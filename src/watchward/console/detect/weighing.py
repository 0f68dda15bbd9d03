"""Why an alert stands where it stands: expected harm in a sentence, and opened into its parts with their intervals."""

from typing import Any, Final

from watchward.console.detect.models import Alert
from watchward.console.detect.ordering import kind_of, mark_of, stake_of
from watchward.console.harm.presenters import figure
from watchward.estate.device import Importance
from watchward.harm.expected import Record, expected
from watchward.harm.losing import HOURS
from watchward.harm.outcome import Amount

UNIT: Final = "severity-weighted patients"
DAYS: Final = HOURS // 24


_OFTEN: Final = ((0.01, "Hardly ever real"), (0.05, "Seldom real"), (0.25, "Sometimes real"), (0.6, "Often real"))
_IMPORTANCE: Final = {
    Importance.LOW: "little care depends on the device",
    Importance.NORMAL: "device not marked as important",
    Importance.HIGH: "device marked as important to care",
    Importance.VITAL: "device marked as critical to care",
}


def percent(share: float) -> str:
    """A share in per cent, as exact as a small one needs.

    >>> percent(0.12), percent(0.0051), percent(0.00001)
    ('12%', '0.51%', '0.001%')

    """
    return f"{figure(share * 100)}%"


def why_here(alert: Alert) -> str:
    """Why an alert stands where it stands in the order, in one sentence."""
    real = next((words for below, words in _OFTEN if alert.likelihood < below), "Mostly real")
    likely = f"{real} ({percent(alert.likelihood)})"
    return f"Expected harm {figure(alert.score)}: {likely.lower()}; {_device(alert)}; {_whole(alert)}"


def _device(alert: Alert) -> str:
    stake = alert.stake
    if stake is not None and stake.carries and stake.own is not None:
        carried = " and ".join(part[:1].lower() + part[1:] for part in stake.carries)
        harm = f" (harm {figure(stake.own)})" if stake.own else ""  # another may stand in for what it carries
        return f"the device carries {carried}{harm}" + (", the way to all else there" if stake.identity else "")
    return _IMPORTANCE[Importance(alert.importance)]


def _whole(alert: Alert) -> str:
    stake = alert.stake
    if stake is None or stake.stale:
        return "what the organisation has to lose is not worked out yet"
    if stake.whole is None:
        return "nobody has said what depends on this organisation"
    usual = "" if stake.mapped else ", by the usual map of its kind"
    return f"losing the organisation for {DAYS} days would cost {figure(stake.whole)} {UNIT}{usual}"


def parts(alert: Alert, record: Record) -> list[dict[str, Any]]:
    """What expected harm is made of, as rows of the NHS summary list, each with its 90% interval."""
    stake, mark = stake_of(alert.stake), mark_of(alert.importance)
    kind = kind_of(alert.rule_id, alert.level)
    found = expected(kind, record, stake, mark)
    return [
        _row("How likely it is real", found.likelihood, _record(kind, record), share=True),
        _row("What the device carries", found.carried, _carried(alert)),
        _row("How likely an attacker gets from it to the rest", found.reach, _reach(alert), share=True),
        _row("What the whole organisation has to lose", found.whole, _basis(alert)),
        _row(
            "Expected harm",
            found.harm,
            f"{UNIT}: how likely it is real, times what it carries and, by chance, all the rest",
        ),
    ]


def _row(name: str, one: Amount, why: str, *, share: bool = False) -> dict[str, Any]:
    words = percent if share else figure
    between = "" if one.low is None or one.high is None else f" ({words(one.low)} to {words(one.high)})"
    return {"key": {"text": name}, "value": {"text": f"{words(one.value)}{between}: {why}"}}


def _record(kind: str, record: Record) -> str:
    begun = "a person's report" if kind == "report" else f"a rule of level {kind}"
    if not (record.real or record.not_real):
        return f"{begun}; none of its alerts has been closed as real or not real yet"
    return f"{begun}; of its alerts that people closed, {record.real:,} were real and {record.not_real:,} were not"


def _carried(alert: Alert) -> str:
    if alert.stake is not None and alert.stake.carries:
        return f"{UNIT} harmed when it is lost for {DAYS} days: {', '.join(alert.stake.carries).lower()}"
    marked = _IMPORTANCE[Importance(alert.importance)]
    return f"{UNIT}; it is not on the map of care, so this is a share of the whole; {marked}"


def _reach(alert: Alert) -> str:
    if alert.stake is not None and alert.stake.identity:
        return "an assumption; it carries the accounts by which other computers know people"
    return f"an assumption; {_IMPORTANCE[Importance(alert.importance)]}"


def _basis(alert: Alert) -> str:
    if alert.stake is None or alert.stake.whole is None:
        return f"{UNIT}; nothing is known of it or worked out yet, so this is an assumption"
    by = "its own map of care" if alert.stake.mapped else "the usual map of its kind: nobody there has mapped it yet"
    return f"{UNIT}, in {DAYS} days, by {by}"
