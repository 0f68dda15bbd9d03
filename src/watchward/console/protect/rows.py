"""Between a block's row and its life as the rules know it. Only actions and adapters of this app use it."""

from datetime import datetime
from hashlib import sha256

from watchward.console import waking
from watchward.console.access.models import User
from watchward.console.protect.models import Block, Check, Switch
from watchward.intel.observable import Kind, Observable
from watchward.respond.blocks.life import Because, Life, Reach, State
from watchward.respond.blocks.switch import Switch as Position

CHECKS = "protect.check_harm"
"""The job that answers checks of harm."""

OFFERS = "protect.offer_indicators"
"""The job that offers to policies what they were not asked about, or are to be asked about again."""

_KEY_CHARACTERS = 64


def value_key(value: str) -> str:
    """The beginning of a value, by which the database finds it."""
    return value[:_KEY_CHARACTERS]


def key_of(thing: Observable, place: str, at: datetime) -> str:
    """A block's name at every node: the same thing may be blocked again, at the same place, after it was lifted."""
    earlier = Block.objects.filter(value_key=value_key(thing.value), kind=thing.kind.value).count()
    said = f"{thing.kind.value}\0{thing.value}\0{place}\0{at.isoformat()}\0{earlier}"
    return f"block--{sha256(said.encode()).hexdigest()[:40]}"


def person_key(person: User) -> str:
    """What tells a person who decides from everybody else."""
    return f"user:{person.pk}"


def thing_of(block: Block) -> Observable:
    """What it blocks."""
    return Observable(Kind(block.kind), block.value)


def life_of(block: Block) -> Life:
    """What has happened to it."""
    return Life(
        reach=Reach(block.reach),
        proposed_at=block.proposed_at,
        until=block.until,
        well_known=bool(block.well_known),
        state=State(block.state),
        agreed=tuple(block.agreed),
        checked_at=block.checked_at,
        canary_at=block.canary_at,
        in_force_at=block.in_force_at,
        emergency=block.emergency,
        review_by=block.review_by,
        lifted_at=block.lifted_at,
        because=Because(block.because) if block.because else None,
    )


def put(block: Block, life: Life, *, at: datetime) -> None:
    """Let the row say what has happened, and have the server of lists told."""
    block.state, block.until, block.agreed = life.state.value, life.until, list(life.agreed)
    block.checked_at, block.canary_at, block.in_force_at = life.checked_at, life.canary_at, life.in_force_at
    block.emergency, block.review_by = life.emergency, life.review_by
    block.lifted_at, block.because = life.lifted_at, life.because.value if life.because else ""
    block.changed_at, block.unpublished = at, True
    block.save()


def ask_check(block: Block, *, by: str, at: datetime) -> Check:
    """Have the worker look at once at what a block would do to care."""
    waking.wake_on_commit(CHECKS)
    return Check.objects.create(block=block, asked_by=by[:200], asked_at=at)


def switch_of(row: Switch | None) -> Position:
    """Whether blocks hold."""
    return Position() if row is None else Position(thrown_at=row.thrown_at, by=row.by, why=row.why)
