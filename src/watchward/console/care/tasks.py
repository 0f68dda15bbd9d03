"""What would make a map more certain: the steps that its page offers, each with how far it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse

from watchward.console.care.adapters import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step.

    Args:
        title: what to do.
        hint: what it takes, or why.
        href: where.
        status: how far it is.
        done: whether nothing is left of it.

    """

    title: str
    hint: str
    href: str
    status: str
    done: bool

    @property
    def params(self) -> dict[str, object]:
        """Parameters of an item of the NHS task list."""
        status: dict[str, object] = {"text": self.status}
        if not self.done:
            status = {"tag": {"text": self.status, "colour": "blue"}}
        return {
            "heading": {"text": self.title},
            "href": self.href,
            "hint": {"text": self.hint},
            "status": status,
        }


def tasks(code: str, part: Part, *, carried: Mapping[str, object], suggested: int) -> Iterator[Task]:
    """The steps for one organisation.

    Args:
        code: the organisation's code.
        part: its map.
        carried: what devices are known to carry, by identifier.
        suggested: how many devices probably carry something, by their names.

    """
    if not part.own:
        yield _size(code, part)
    if part.care.systems:
        yield _hosts(code, part)
        yield Task(
            title="Say which devices carry them",
            hint=f"{suggested} recognised by their names" if suggested else "Alerts on those devices come first",
            href=reverse("care_suggested", args=[code]),
            status=f"{len(carried)} known" if carried else "None yet",
            done=bool(carried) and not suggested,
        )
    if part.care.services:
        yield _confirm(part)


def _size(code: str, part: Part) -> Task:
    known = bool(part.known and part.known.measures)
    return Task(
        title="Say how large it is",
        hint="One or two numbers",
        href=reverse("care_size", args=[code]),
        status="Known" if known else "Not known",
        done=known,
    )


def _hosts(code: str, part: Part) -> Task:
    said = sum(bool(one.host) for one in part.care.systems)
    return Task(
        title="Say where its systems run",
        hint="On its own premises or at a supplier, all on one page",
        href=reverse("care_hosts", args=[code]),
        status=f"{said} of {len(part.care.systems)}",
        done=said == len(part.care.systems),
    )


def _confirm(part: Part) -> Task:
    confirmed = part.arranged is not None and part.arranged.confirmed_at is not None
    return Task(
        title="Confirm the whole",
        hint="When it is right as far as you know",
        href="#confirm",
        status="Confirmed" if confirmed else "Not yet",
        done=confirmed,
    )
