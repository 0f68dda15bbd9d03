"""What to write into a control, just after it got its secrets."""

from dataclasses import dataclass, field

from watchward.base.errors import BadInputError
from watchward.console.config import current
from watchward.console.controls.actions import NewSecret
from watchward.console.controls.models import Control
from watchward.lists.connecting import Here, Program, configuration
from watchward.lists.controls import Control as Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """Where a control reads its list, and all that is to be written into it.

    Args:
        url: of the lists.
        zone: the name of its response policy zone.
        text: its configuration, with its secrets.

    """

    url: str
    zone: str
    text: str = field(repr=False)


def connected(made: NewSecret, program: Program) -> Connected:
    """What to write into a control of this make."""
    node, organisation = current(), made.control.organisation.code
    here = Here(
        url=node.lists_url,
        host=node.lists_dns_host,
        dns_port=node.lists_dns_port,
        secret=made.secret,
        transfer_key=made.transfer_key,
    )
    reading = Reading(id=made.control.pk, name=made.control.name, organisation=organisation, within=(organisation,))
    return Connected(url=here.url, zone=reading.zone, text=configuration(program, reading, here))


def makes_of(control: Control) -> list[Program]:
    """What a control may be, by the forms that it reads: a resolver may be one of several."""
    return [
        one for one in Program if one.family in control.forms and (one is Program.UNBOUND) == bool(control.unsigned)
    ]


def makes_to_renew(control: Control) -> list[Program]:
    """The same, one at least.

    Raises:
        BadInputError: it reads no form for which this node knows a configuration.

    """
    makes = makes_of(control)
    if not makes:
        raise BadInputError(
            f"{control.name} reads nothing for which this node knows a configuration.",
            advice="Add a control of the make that it is, and disable this one.",
        )
    return makes
