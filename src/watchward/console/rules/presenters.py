"""How rules look on a page: parameters for the NHS components, and words."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from watchward.console import filtering
from watchward.console.config import current
from watchward.console.detect.models import LEVELS, Rule
from watchward.console.detect.presenters import level_tag, short_moment
from watchward.console.rules.filters import Need, RuleFilter
from watchward.console.rules.models import RuleLife
from watchward.console.rules.queries import Account, Cost, Needing, RulePage, SetRow, Trial
from watchward.detect.lives import lives, sets
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.trial import Noise, Suggestion
from watchward.detect.sigma.document import LARGEST

Params = dict[str, Any]

FEW_TRIALS: Final = 5
"""So many of the rules on trial stand on the page of all rules; the others have a page of their own."""

_STANDINGS: Final = {
    Standing.FORCE: ("In force", "green"),
    Standing.TRIAL: ("On trial", "yellow"),
    Standing.OFF: ("Off", "grey"),
}
_SETS: Final = {sets.STARTER: "Starter pack", sets.SITE: "The site's own"}
_BREAKS: Final = re.compile(r"(?<=[/_])")
_SUGGESTIONS: Final = {
    Suggestion.PROMOTE: ("Put in force", "green"),
    Suggestion.KEEP: ("Keep on trial", "white"),
    Suggestion.OFF: ("Switch off", "red"),
}
_NEEDS: Final = {
    Need.ASIDE: "cost so much that gateways match it no more: change it, or switch it off",
    Need.LOUD: "raises {figure:,.1f} alerts a day for each 1,000 devices",
    Need.EVERYTHING: "matches {figure:.0f}% of the events of its kind",
    Need.COSTLY: "takes {figure:.0f}% of the time of all matching",
    Need.DECIDE: "is on trial and waits for a decision: {figure:,.1f} alerts a day for each 1,000 devices",
    Need.SILENT: "has never matched",
    Need.GONE: "is no longer there",
}
_FILTERS: Final = (
    ("", "Any"),
    (Need.DECIDE.value, "Wait for a decision"),
    (Need.ASIDE.value, "Were set aside by gateways"),
    (Need.LOUD.value, "Raise too many alerts"),
    (Need.EVERYTHING.value, "Match everything"),
    (Need.COSTLY.value, "Cost too much"),
    (Need.SILENT.value, "Never matched"),
    (Need.GONE.value, "Are no longer there"),
)


def standing_tag(standing: str) -> Params:
    """Where a rule stands, as the NHS tag wants it."""
    text, colour = _STANDINGS[Standing(standing)]
    return {"text": text, "colour": colour}


def rule_level(rule: Rule) -> Params:
    """How serious a rule is, as the NHS tag wants it."""
    return level_tag(LEVELS[rule.level])


def source_of(rule: Rule) -> str:
    """The log source that a rule reads, as lists name it."""
    return "/".join(part for part in (rule.product, rule.category, rule.service) if part)


def breaking(source: str) -> Markup:
    """A log source that a narrow column may break behind a slash or an underscore, and nowhere within a word."""
    return Markup("<wbr>").join(_BREAKS.split(source))


def set_name(folder: str, rows: Sequence[SetRow] = ()) -> str:
    """What people call a set."""
    notes = {row.folder: row.note.name for row in rows if row.note}
    return _SETS.get(folder) or notes.get(folder) or folder


def counted(number: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "match"), counted(1200, "match")
    ('1 match', '1,200 matches')

    """
    many = f"{word}es" if word.endswith(("ch", "s")) else f"{word}s"
    return f"{number:,} {word if number == 1 else many}"


def need_words(one: Needing) -> str:
    """Why a rule needs somebody, as it follows on its title."""
    return _NEEDS[one.need].format(figure=one.figure)


def suggestion_tag(trial: Trial) -> Params:
    """What a trial suggests, as the NHS tag wants it."""
    text, colour = _SUGGESTIONS[trial.suggestion]
    return {"text": text, "colour": colour}


def noise_words(noise: Noise) -> str:
    """What a rule on trial would have raised, in words."""
    if not noise.matches:
        return f"No match in {_days(noise.days)}."
    return (
        f"{counted(noise.matches, 'match')} in {_days(noise.days)} would have raised "
        f"{counted(noise.alerts, 'alert')}: {noise.per_thousand:,.2f} a day for each 1,000 devices "
        f"({counted(noise.devices, 'device')} sent in the last week)."
    )


def suggestion_words(trial: Trial) -> str:
    """What to do with a rule on trial, and why."""
    most = current().rule_alerts_a_day
    match trial.suggestion:
        case Suggestion.PROMOTE:
            return f"It is quiet enough: a rule may raise {most} a day for each 1,000 devices. Put it in force."
        case Suggestion.OFF:
            return f"It would drown what matters: a rule may raise {most} a day for each 1,000 devices. Switch it off."
        case Suggestion.KEEP if trial.noise.is_loud(most):
            return "It is louder than a rule may be. Look at the examples: a filter may hide what is normal here."
        case Suggestion.KEEP if trial.waits_for:
            return f"What it reads is on trial itself: {titles(trial.waits_for)}. Its own trial begins when that ends."
        case Suggestion.KEEP:
            until = trial.life.trial_until
            return f"Keep it on trial until {until.day} {until:%B %Y}." if until else "Keep it on trial."


def titles(names: Sequence[str], most: int = 3) -> str:
    """The first few titles.

    >>> titles(["A", "B", "C", "D"])
    '“A”, “B”, “C” and 1 more'

    """
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def _days(days: float) -> str:
    whole = round(days)
    return "1 day" if whole == 1 else f"{whole:,} days"


def pages(page: RulePage, asked: RuleFilter) -> Params:
    """Parameters of the NHS pagination; empty where one page holds all."""
    return filtering.pages(replace(asked, page=page.number), more=page.number < page.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLine:
    """A set as the page shows it."""

    row: SetRow

    @property
    def name(self) -> str:
        """What people call it."""
        return self.row.note.name if self.row.note else _SETS.get(self.row.folder, self.row.folder)

    @property
    def version(self) -> str:
        """Its release."""
        if self.row.note:
            return self.row.note.version
        return "comes with Watchward" if self.row.folder == sets.STARTER else ""

    @property
    def licence(self) -> str:
        """Under which it may be used."""
        if self.row.note:
            return self.row.note.licence or "not stated"
        return "MIT Licence" if self.row.folder == sets.STARTER else ""

    @property
    def brought(self) -> str:
        """When it was brought in, from what and by whom."""
        note = self.row.note
        if note is None:
            return ""
        return f"{short_moment(note.brought_at)}, by {note.brought_by}, from {note.source}"

    @property
    def standings(self) -> str:
        """How many of its rules stand where."""
        counts = [(self.row.counts.get(one, 0), _STANDINGS[one][0].lower()) for one in Standing]
        return ", ".join(f"{count:,} {words}" for count, words in counts if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPresenter:
    """The page with all rules; of the trials, some are shown."""

    page: RulePage
    asked: RuleFilter
    set_rows: Sequence[SetRow]
    needing: Sequence[Needing]
    trials: Sequence[Trial]
    shown_trials: Sequence[Trial]
    sources: Sequence[str]
    may_manage: bool

    @property
    def sets(self) -> list[SetLine]:
        """The sets, those that were brought in first."""
        return [SetLine(row=row) for row in self.set_rows]

    @property
    def filters(self) -> Params:
        """The choices of the drop-down lists."""
        return {
            "standing": [("", "Any"), *((one.value, words) for one, (words, _) in _STANDINGS.items())],
            "level": [("", "Any"), *((level.value, level.value.capitalize()) for level in reversed(LEVELS))],
            "source": [("", "Any"), *((name, name) for name in self.sources)],
            "folder": [("", "Any"), *((line.row.folder, line.name) for line in self.sets)],
            "need": _FILTERS,
        }

    @property
    def quiet(self) -> list[str]:
        """The rules on trial that could be put in force together."""
        return [trial.life.pk for trial in self.trials if trial.suggestion is Suggestion.PROMOTE]

    @property
    def headline(self) -> str:
        """What stands out, in a sentence."""
        total = sum(row.rules for row in self.set_rows)
        tried = sum(row.counts.get(Standing.TRIAL, 0) for row in self.set_rows)
        off = sum(row.counts.get(Standing.OFF, 0) for row in self.set_rows)
        return f"{counted(total, 'rule')}: {tried:,} on trial, {off:,} off, the others in force."


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePresenter:
    """One rule."""

    rule: Rule
    account: Account
    set_rows: Sequence[SetRow]
    trial: Trial | None

    @property
    def life(self) -> RuleLife | None:
        """Where it stands; nothing is known of a rule that was never loaded."""
        return getattr(self.rule, "life", None)

    @property
    def set(self) -> SetLine | None:
        """The set that it came in."""
        found = [row for row in self.set_rows if self.life and row.folder == self.life.folder]
        return SetLine(row=found[0]) if found else None

    @property
    def text(self) -> str:
        """The rule as its author wrote it."""
        return _text_of(self.life) if self.life else ""

    @property
    def changes(self) -> str:
        """What a release changed, where the version before is still in force."""
        if not (self.life and self.trial):
            return ""
        earlier = current().rules / lives.EARLIER.format(self.life.folder) / f"{self.life.pk}.yml"
        before = _read(earlier)
        lines = difflib.unified_diff(
            before.splitlines(), self.text.splitlines(), "in force", "on trial", lineterm="", n=2
        )
        return "\n".join(lines) if before else ""

    @property
    def busiest(self) -> int:
        """The most matches of a day."""
        return max((count for _, count in self.account.matches), default=0)

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """How its alerts were closed."""
        return [(reason.label, count) for reason, count in self.account.outcomes.items()]

    @property
    def cost(self) -> str:
        """What it cost in the last week, in words."""
        return cost_words(self.account.cost) if self.account.cost is not None else ""


def cost_words(cost: Cost) -> str:
    """What a rule cost in the last week.

    >>> cost_words(Cost())
    'Nothing that could be measured: it shares the look at values with other rules.'

    """
    if not cost.seconds:
        return "Nothing that could be measured: it shares the look at values with other rules."
    return f"{_seconds(cost.seconds)} of processor time of its own, {100 * cost.share:.1f}% of all matching."


def _seconds(seconds: float) -> str:
    if seconds >= 120:  # noqa: PLR2004 - two minutes read better than so many seconds
        return f"{seconds / 60:,.0f} minutes"
    return f"{seconds:,.1f} seconds" if seconds >= 1 else f"{1000 * seconds:,.1f} milliseconds"


def _text_of(life: RuleLife) -> str:
    """The document of a rule in its file."""
    root = sets.root_of(life.folder, current().rules).resolve()
    path = (root / life.file).resolve()
    if not life.file or not path.is_relative_to(root):
        return ""
    lines = _read(path).splitlines()[life.line - 1 :]
    ends = [number for number, line in enumerate(lines) if number and line.rstrip() == "---"]
    return "\n".join(lines[: ends[0]] if ends else lines).strip()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


def decided(standing: Standing, count: int) -> str:
    """What was done, in words."""
    many = counted(count, "rule")
    verb = "is" if count == 1 else "are"
    return f"{many} {verb} {_STANDINGS[standing][0].lower()}. Gateways take it up within a few seconds."


def outcomes_words(outcomes: Sequence[tuple[str, int]]) -> str:
    """How a rule's alerts ended.

    >>> outcomes_words([("Expected", 2)]), outcomes_words([])
    ('Expected: 2', 'None has been closed')

    """
    return "; ".join(f"{label}: {count:,}" for label, count in outcomes) or "None has been closed"


def choices(standing: str) -> list[Params]:
    """The radio buttons for what a rule should do."""
    return [
        {"value": one.value, "text": words, "hint": {"text": meaning}, "checked": one.value == standing}
        for one, words, meaning in _CHOICES
    ]


_CHOICES: Final = (
    (Standing.FORCE, "be in force", "its matches raise alerts"),
    (Standing.TRIAL, "run on trial", "its matches are counted, and nobody is told"),
    (Standing.OFF, "be off", "it is not run"),
)


def until(at: datetime | None) -> str:
    """The end of a trial."""
    return short_moment(at) if at else ""
