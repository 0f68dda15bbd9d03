"""How much of a harm rests on maps that nobody has confirmed, in words: unknown is not zero."""

from collections.abc import Sequence
from typing import Final

from watchward.harm.outcome import Amount

_NONE: Final = 0.005
_MOSTLY: Final = 0.5
_STANDS_IN: Final = "the usual one for their kind stands in, with wide uncertainty. Unknown is not zero."


def of_harm(share: Amount) -> str:
    """The share of one harm that lies where nobody has confirmed the map, in one sentence or two.

    >>> of_harm(Amount(value=0.4, low=0.25, high=0.6))  # doctest: +ELLIPSIS
    '40% of this harm (25% to 60%) lies at organisations whose map nobody has confirmed: the usual one for ...
    >>> of_harm(Amount(value=0.0))
    'All of this harm lies at organisations that have confirmed what they depend on.'

    """
    if share.value < _NONE:
        return "All of this harm lies at organisations that have confirmed what they depend on."
    between = ""
    if share.low is not None and share.high is not None and f"{share.low:.0%}" != f"{share.high:.0%}":
        between = f" ({share.low:.0%} to {share.high:.0%})"
    told = "All" if share.value > 1 - _NONE else f"{share.value:.0%}"
    return f"{told} of this harm{between} lies at organisations whose map nobody has confirmed: {_STANDS_IN}"


def of_losses(shares: Sequence[float]) -> str:
    """For how many losses most of the harm lies there; empty where that is so for none.

    >>> of_losses([0.9, 0.2])  # doctest: +ELLIPSIS
    'For 1 of these 2 losses, most of the harm lies at organisations whose map nobody has confirmed: the usual ...

    """
    mostly = sum(share > _MOSTLY for share in shares)
    if not mostly:
        return ""
    return (
        f"For {mostly:,} of these {len(shares):,} losses, most of the harm lies at organisations whose map nobody has "
        f"confirmed: {_STANDS_IN}"
    )


def of_row(share: float) -> str:
    """The share beside one row of a ranking; empty where it is none.

    >>> of_row(0.42), of_row(0.001)
    ('42% of it where nobody has confirmed the map', '')

    """
    return f"{share:.0%} of it where nobody has confirmed the map" if share >= _NONE else ""
