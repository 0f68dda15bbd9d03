"""How the node puts things to people."""

WIDTH_IN_A_PIPE = 160
"""Characters of a line where no terminal says how wide it is."""


def counted(number: int, thing: str, things: str = "") -> str:
    """A number of things.

    >>> counted(1, "rule"), counted(2_400, "rule"), counted(0, "match", "matches")
    ('1 rule', '2,400 rules', '0 matches')

    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
