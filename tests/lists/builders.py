"""Blocks as they are published."""

from hypothesis import strategies as st

from intel.lists.builders import NOW, a_block
from watchward.intel.observable import Kind, observable
from watchward.lists.controls import Control
from watchward.lists.forms import Family
from watchward.lists.published import Excepted, Placed


def placed(value, kind=Kind.DOMAIN, *, id="", where=(), **said):  # noqa: A002 - the field's own name
    return Placed(id=id or f"{kind}-{value}", block=a_block(kind, value, **said), where=tuple(where))


def excepted(value, kind=Kind.DOMAIN, *, organisation="RJ1", until=None):
    return Excepted(
        id=f"x-{organisation}-{value}",
        organisation=organisation,
        observable=observable(kind, value),
        reason="The laboratory needs it.",
        until=until,
    )


ids = st.sampled_from([str(number) for number in range(8)])
values = st.sampled_from([(Kind.DOMAIN, "evil.example"), (Kind.DOMAIN, "a.evil.example"), (Kind.IPV4, "198.51.100.7")])
some_placed = st.builds(
    lambda key, thing, where: placed(thing[1], thing[0], id=key, where=where),
    ids,
    values,
    st.sampled_from([(), ("RJ1",), ("RJ1", "RJ2")]),
)
some_excepted = st.builds(lambda thing, code: excepted(thing[1], thing[0], organisation=code), values, ids)
NOW = NOW  # noqa: PLW0127 - the same time as the blocks have


def a_control(number="c1", **said):
    """A control of an organisation, which may read every form."""
    common = {
        "id": number,
        "name": "The resolver",
        "organisation": "RJ1",
        "within": ("ENG", "Y56", "RJ1"),
        "forms": tuple(Family),
    }
    return Control(**{**common, **said})
