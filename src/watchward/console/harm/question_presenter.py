"""How a question is put to somebody, why it is asked, and what an answer changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from watchward.console.harm.presenters import figure
from watchward.console.harm.questions import Found
from watchward.harm.questions import answers
from watchward.harm.questions.answers import HERE, OTHER, UNKNOWN
from watchward.harm.questions.question import Question, Sort
from watchward.harm.questions.words import Words

FEW: Final = 5
"""How many questions are shown at a time."""

_FIRST: Final = 5
_MATTERS: Final = 0.1
"""By what share harm must change to be told."""


@dataclass(frozen=True, kw_only=True)
class QuestionPresenter:
    """One question.

    Args:
        question: what is asked.
        found: all there is to ask.
        words: what things are called.

    """

    question: Question
    found: Found
    words: Words

    @property
    def key(self) -> str:
        """Its name."""
        return self.question.key

    @property
    def leads(self) -> bool:
        """Whether nothing else would change more."""
        return self.question == self.found.questions[0]

    @property
    def text(self) -> str:
        """The question."""
        return self.words.asked(self.question.subject)

    @property
    def hint(self) -> str:
        """What helps to answer."""
        return self.words.hint(self.question.subject)

    @property
    def choices(self) -> Mapping[str, str]:
        """The answers to choose from; none where a number is typed."""
        return answers.choices(self.found.asked, self.question.subject)

    @property
    def hosts(self) -> bool:
        """Whether a company may be named."""
        return self.question.subject.sort is Sort.HOST

    @property
    def companies(self) -> list[str]:
        """The names of the companies that are known, of a question that asks for one."""
        return [name for value, name in self.choices.items() if value not in {HERE, OTHER}] if self.hosts else []

    @property
    def why(self) -> str:
        """What hangs on the answer, in a sentence."""
        one, thing = self.question, self.words.thing(self.question.thing)
        if one.subject.sort is Sort.HOST:
            return (
                f"Whoever runs it could stop it. Losing it for a day would cost {figure(one.high)} "
                "severity-weighted patients, and the company may run it for others too."
            )
        return (
            f"Losing {thing} for a day is taken to cost {figure(one.harm)} severity-weighted patients. "
            f"Depending on your answer that may become {figure(one.low)} or {figure(one.high)}."
        )

    @property
    def taken(self) -> str:
        """What is taken to be so until somebody answers."""
        one = self.question
        if one.value is None or one.least is None or one.most is None:
            return ""
        match one.subject.sort:
            case Sort.FLOOR | Sort.MANUAL:
                return f"Until you say so, we take it that {one.value:.0%} goes on ({one.least:.0%} to {one.most:.0%})."
            case Sort.BUFFER | Sort.MANUAL_HOURS:
                least, value, most = (hours(each) for each in (one.least, one.value, one.most))
                return f"Until you say so, we take it to be {value} ({least} to {most})."
            case _:
                least, value, most = (f"{each:,.0f}" for each in (one.least, one.value, one.most))
                return f"Until you say so, we take it to be {value} ({least} to {most})."


def hours(number: float) -> str:
    """A stretch of time in words.

    >>> hours(0.25), hours(4), hours(48)
    ('15 minutes', '4 hours', '2 days')

    """
    if number < 1:
        return f"{number * 60:.0f} minutes"
    if number < 48:  # noqa: PLR2004 - two days are told as days
        return f"{number:.2g} hours"
    return f"{number / 24:.2g} days"


@dataclass(frozen=True, kw_only=True)
class QuestionsPage:
    """The questions to an organisation.

    Args:
        found: all there is to ask.
        words: what things are called.
        chosen: the key of the question that somebody chose; empty for the first.

    """

    found: Found
    words: Words
    chosen: str = ""

    def _shown(self, one: Question) -> QuestionPresenter:
        return QuestionPresenter(question=one, found=self.found, words=self.words)

    @cached_property
    def first(self) -> QuestionPresenter | None:
        """The question that is asked now."""
        named = next((one for one in self.found.questions if one.key == self.chosen), None)
        one = named or next(iter(self.found.questions), None)
        return self._shown(one) if one else None

    @property
    def others(self) -> list[QuestionPresenter]:
        """The next few."""
        few = self.found.questions[:FEW]
        return [self._shown(one) for one in few if self.first and one.key != self.first.key]

    @property
    def ranking(self) -> list[tuple[str, str]]:
        """What would hurt most now, with its harm."""
        return [(self.words.thing(thing), figure(harm)) for thing, harm in self.found.ranking[:_FIRST]]

    def passed(self, keys: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
        """The questions that were put aside, as far as the map still has them."""
        shown = []
        for key, answer in keys:
            subject = answers.subject_named(self.found.asked, key)
            if subject is not None:
                said = "Nobody knew" if answer == UNKNOWN else "No"
                shown.append({"key": key, "text": self.words.asked(subject), "answer": said})
        return shown


def changed(before: Found, after: Found, words: Words) -> str:
    """What an answer changed in the ranking, in a sentence or two."""
    was = {thing: (place, harm) for place, (thing, harm) in enumerate(before.ranking, start=1)}
    now = {thing: (place, harm) for place, (thing, harm) in enumerate(after.ranking, start=1)}
    moved = [
        (min(place, was[thing][0]), thing)
        for thing, (place, _) in now.items()
        if thing in was and place != was[thing][0] and _unlike(was[thing][1], now[thing][1])
    ]
    new = [thing for thing in now if thing not in was]
    gone = [thing for thing in was if thing not in now]
    told = []
    if moved:
        thing = min(moved)[1]
        told.append(
            f"Your answer moved {words.thing(thing)} from {place(was[thing][0])} to {place(now[thing][0])} place."
        )
    told += [f"{_begun(words.thing(one))} is in the ranking now, in {place(now[one][0])} place." for one in new[:1]]
    told += [f"Losing {words.thing(one)} would not hurt anybody any more." for one in gone[:1]]
    both = [thing for thing in now if thing in was and _unlike(was[thing][1], now[thing][1])]
    if both:
        most = max(both, key=lambda thing: abs(now[thing][1] - was[thing][1]))
        told.append(
            f"Losing {words.thing(most)} for a day is now taken to cost {figure(now[most][1])} severity-weighted "
            f"patients; it was {figure(was[most][1])}."
        )
    return " ".join(told) or "The ranking stays as it is, and is more certain."


def _unlike(one: float, other: float) -> bool:
    return abs(one - other) > _MATTERS * max(one, other)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def place(number: int) -> str:
    """A place in a ranking.

    >>> place(1), place(2), place(11), place(23)
    ('1st', '2nd', '11th', '23rd')

    """
    teen = 10 < number % 100 < 14  # noqa: PLR2004 - eleventh to thirteenth
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
