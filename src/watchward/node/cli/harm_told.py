"""How the commands of patient harm put what they found to people."""

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from watchward.harm import hour
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watchward.harm.model import Model
    from watchward.harm.outcome import Amount, Outcome
    from watchward.harm.scenario import Failure
    from watchward.harm.sensitivity import Swing
    from watchward.harm.worst import Loss, Worst

_SHOWN: Final = 25
_NAMED: Final = 5
_UNIT: Final = (
    "Harm is counted in severity-weighted patients: 1 is one patient who dies or is left with a lasting injury."
)


def _failing(failure: "Failure") -> str:
    from watchward.harm import recovery  # noqa: PLC0415 - as above

    back = recovery.words(failure.steps)
    return f"{failure.thing} ({back})" if back else failure.thing


def show_outcome(found: "Outcome") -> None:
    """What a what-if came to."""
    out = _out()
    scenario, total = found.scenario, found.total
    lost = ", ".join(_failing(failure) for failure in scenario.failures)
    out.print(f"{lost} down for {hour.lasting(scenario.hours)} from {hour.words(scenario.begins)}")
    out.print(f"Harm {_said(found.harm())} severity-weighted patients. {_UNIT}")
    shown = Table(
        "care", "displaced", "taken in elsewhere", "patient-days of waiting", "harm", box=None, header_style="bold"
    )
    from watchward.harm import unmapped  # noqa: PLC0415
    from watchward.harm.outcome import amount  # noqa: PLC0415
    from watchward.harm.within import Within  # noqa: PLC0415

    by_kind = sorted(found.by_kind().items(), key=lambda one: -float(one[1].harm(found.weighting)[0]))
    for name, parts in [*((kind.label, parts) for kind, parts in by_kind), ("all", total)]:
        figures = (parts.displaced, parts.absorbed, parts.delay, parts.harm(found.weighting))
        shown.add_row(name, *(_said(amount(figure)) for figure in figures))
    out.print(shown)
    _show_unknown(out, found.model)
    out.print(unmapped.of_harm(amount(Within(outcome=found, area=None).unmapped)))


def show_worst(found: "Worst", laid_out: "Model") -> None:
    """What hurts most when it is lost."""
    from watchward.harm import unmapped  # noqa: PLC0415 - as above

    out = _out()
    out.print(f"What hurts most when it is lost for {hour.lasting(found.hours)} from {hour.words(found.begins)}")
    out.print(_UNIT)
    out.print(_losses(found.losses))
    if found.shared:
        out.print("Single points of failure behind several organisations:")
        out.print(_losses(found.shared))
    others = ", ".join(found.changed_by)
    out.print(f"Other weightings that would order the first ten otherwise: {others or 'none'}.")
    _show_unknown(out, laid_out)
    if told := unmapped.of_losses([one.unmapped.value for one in found.losses]):
        out.print(told)


def _losses(losses: "Sequence[Loss]") -> Table:
    shown = Table(
        "", "lost", "harm", "care displaced", "organisations", "worse than the next", box=None, header_style="bold"
    )
    for place, one in enumerate(losses, start=1):
        same = place < len(losses) and one.harm == losses[place].harm
        sure = "as bad" if same else f"{one.above_next:.0%} sure" if place < len(losses) else ""
        shown.add_row(str(place), one.thing, _said(one.harm), _said(one.displaced), f"{one.organisations:,}", sure)
    return shown


def show_swings(swings: "Sequence[Swing]", laid_out: "Model") -> None:
    """What moves an answer most."""
    out = _out()
    shown = Table(
        "what is not known", "harm at its low end", "harm at its high end", "basis", box=None, header_style="bold"
    )
    for one in swings[:_SHOWN]:
        known = laid_out.table.parameters.get(one.key)
        shown.add_row(one.key, _number(one.low), _number(one.high), known.basis.value if known else "size of the map")
    out.print(f"Harm at the estimate: {_number(swings[0].estimate) if swings else 0} severity-weighted patients")
    out.print(shown)
    if len(swings) > _SHOWN:
        out.print(f"{counted(len(swings) - _SHOWN, 'number')} more move it less; --json tells all.")
    _show_own(out, laid_out)


def _show_unknown(out: Console, laid_out: "Model") -> None:
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as above

    known = plain.known(laid_out)
    _show_own(out, laid_out)
    out.print(
        f"{known['template_only']:,} of {known['organisations']:,} organisations that give care have not confirmed "
        "their map: a template stands in for them, with wide uncertainty."
    )


def _show_own(out: Console, laid_out: "Model") -> None:
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as above

    if mine := plain.own_numbers(laid_out):
        named = ", ".join(one["key"] for one in mine[:_NAMED]) + (" …" if len(mine) > _NAMED else "")
        out.print(f"In the place of ours: {counted(len(mine), 'number')} of a site's own ({named}).")


def _said(one: "Amount") -> str:
    """An estimate with its interval."""
    if one.low is None or one.high is None:
        return _number(one.value)
    return f"{_number(one.value)} ({_number(one.low)} to {_number(one.high)})"


def _number(value: float) -> str:
    """A number to three figures: more would claim what nobody knows."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three figures


def _out() -> Console:
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    return out
