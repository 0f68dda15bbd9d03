"""The parameters with which questions are chosen and answers are taken: a table of their own, as that of alerts is."""

from functools import cache

from watchward.harm.parameters import reading
from watchward.harm.parameters.table import Parameter, rows

FIRST = "question"


@cache
def question_parameters() -> dict[str, Parameter]:
    """Every one of them by its key, such as `question/own_width`."""
    return reading.numbers({"questions": rows("questions.csv")}, FIRST)


def of(name: str) -> float:
    """The value of one by its name.

    >>> of("own_width")
    0.5

    """
    return question_parameters()[f"{FIRST}/{name}"].value
