"""What may be read about blocks: whoever is concerned sees what holds for them, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, When

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.estate.models import Organisation
from watchward.console.intel.models import Indicator, Source
from watchward.console.intel.queries import objects_visible_to, sources_visible_to
from watchward.console.protect.models import AdoptionPolicy, Block, CanaryMember, Check, Decision, Excepted, Failure
from watchward.console.protect.models import Switch as Row
from watchward.console.protect.rows import switch_of
from watchward.console.protect.wanting import sender
from watchward.intel.trust import Reliability
from watchward.respond.blocks.adopting import percent
from watchward.respond.blocks.life import Reach as Far
from watchward.respond.blocks.life import State
from watchward.respond.blocks.switch import Switch

_PLACES = 20
_HOLDING = (State.CANARY.value, State.IN_FORCE.value)
_UNBELIEVED = 500


def blocks_visible_to(viewer: Actor) -> QuerySet[Block]:
    """The blocks of the viewer's organisations, and those of others above them that hold or held."""
    allowed = reach(viewer, Permission.BLOCK_VIEW)
    rows = Block.objects.select_related("organisation", "peer")
    if allowed.everything:
        return rows
    if not allowed.paths:
        return rows.none()
    above = {path[: at + 1] for path in allowed.paths for at in range(1, len(path)) if path[at] == "/"}
    wide = Q(organisation=None) | Q(organisation_path__in=above, alone=False)
    return rows.filter(allowed.q("organisation_path") & ~Q(organisation=None) | wide & ~Q(state="proposed", peer=None))


def block_list(viewer: Actor, *, state: str, text: str) -> QuerySet[Block]:
    """Blocks by where they stand and what they block: those that wait for somebody first, then the newest."""
    rows = blocks_visible_to(viewer)
    if state == "holding":
        rows = rows.filter(state__in=_HOLDING)
    elif state:
        rows = rows.filter(state=state)
    return rows.filter(value_key__startswith=text.lower()) if text else rows


def block_visible_to(viewer: Actor, key: int) -> Block | None:
    """One block, if the viewer may see it."""
    return blocks_visible_to(viewer).filter(pk=key).first()


def decisions_of(viewer: Actor, block: Block) -> list[Decision]:
    """What was decided about a block, from the first; words of others are for those whom it is for."""
    return list(block.decisions.select_related("check_before")) if _is_for(viewer, block) else []


def checks_of(block: Block) -> list[Check]:
    """The checks of harm, the newest first."""
    return list(block.checks.all()[:10])


def found_for(viewer: Actor, block: Block, check: Check | None) -> dict[str, Any] | None:
    """What a check found, as far as the viewer may see: others' devices are left out, and so are totals of others."""
    if check is None or not check.found:
        return None
    allowed = reach(viewer, Permission.BLOCK_VIEW)
    found: dict[str, Any] = dict(check.found)
    codes = [one["code"] for one in found["organisations"]]
    mine = {one.code for one in Organisation.objects.filter(code__in=codes) if one.path in allowed}
    found["organisations"] = [one for one in found["organisations"] if one["code"] in mine]
    found["whole"] = _is_for(viewer, block)
    return found


def _is_for(viewer: Actor, block: Block) -> bool:
    """Whether a viewer may see all that a block is for, and not only that it holds for them too."""
    allowed = reach(viewer, Permission.BLOCK_VIEW)
    return allowed.everything or (block.organisation is not None and block.organisation_path in allowed)


def failures_of(viewer: Actor, block: Block) -> list[Failure]:
    """The signs that care fails, at organisations that the viewer may see."""
    allowed = reach(viewer, Permission.BLOCK_VIEW)
    return list(block.failures.filter(allowed.q("organisation__path")).select_related("organisation")[:50])


def may(viewer: Actor, permission: Permission, block: Block) -> bool:
    """Whether the viewer may do something to a block."""
    allowed = reach(viewer, permission)
    return allowed.everything or (block.organisation is not None and block.organisation_path in allowed)


def may_anywhere(viewer: Actor, permission: Permission) -> bool:
    """Whether the viewer may do something somewhere."""
    allowed = reach(viewer, permission)
    return allowed.everything or bool(allowed.paths)


def may_everywhere(viewer: Actor, permission: Permission) -> bool:
    """Whether the viewer may do something over the whole node."""
    return reach(viewer, permission).everything


def organisation_for(viewer: Actor, code: str, permission: Permission) -> Organisation | None:
    """The organisation of a code, if the viewer may do that there."""
    return organisations_where(viewer, permission).filter(code=code.strip().upper()).first()


def only_place(viewer: Actor, permission: Permission) -> Organisation | None:
    """The organisation at which the viewer may do something, if there is but one: nobody need know its code."""
    found = list(organisations_where(viewer, permission)[:2])
    return found[0] if len(found) == 1 else None


def own_place(viewer: Actor, permission: Permission) -> Organisation | None:
    """The one organisation over which, with all below it, the viewer may do something: they mean that one."""
    paths = reach(viewer, permission).paths
    return Organisation.objects.filter(path=paths[0]).first() if len(paths) == 1 else None


def places_to_write(viewer: Actor, text: str) -> list[Organisation]:
    """Organisations whose policy the viewer may open to decide: their own first, twenty at most; by name or code."""
    found = organisations_where(viewer, Permission.BLOCK_DECIDE)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__iexact=text))
    own = reach(viewer, Permission.BLOCK_DECIDE).paths
    return list(found.annotate(is_own=Case(When(path__in=own, then=0), default=1)).order_by("is_own", "name")[:_PLACES])


def lacks_canary(block: Block) -> bool:
    """Whether nobody would try a block that has to be tried first."""
    wide = block.peer_id is None and block.state == State.PROPOSED.value and Far(block.reach).wide
    below = Reach(paths=(block.organisation_path or "/",))
    return wide and not CanaryMember.objects.filter(below.q("organisation__path")).exists()


def excepted_visible_to(viewer: Actor) -> QuerySet[Excepted]:
    """Exceptions of organisations that the viewer may see."""
    allowed = reach(viewer, Permission.BLOCK_VIEW)
    return Excepted.objects.filter(allowed.q("organisation_path")).select_related("organisation", "block")


def exceptions_of(viewer: Actor, block: Block) -> list[Excepted]:
    """What organisations excepted of a block's thing, as far as the viewer may see."""
    same = excepted_visible_to(viewer).filter(value_key=block.value_key, kind=block.kind, value=block.value)
    return list(same.filter(ended_at=None)[:50])


def switch() -> Switch:
    """Whether blocks hold on this node."""
    return switch_of(Row.objects.filter(peer=None).first())


def switch_above() -> Switch:
    """Whether what the node above blocks holds."""
    return switch_of(Row.objects.exclude(peer=None).exclude(thrown_at=None).first())


def holding_count() -> int:
    """How many blocks hold, or would if the switch were not thrown."""
    return Block.objects.filter(state__in=_HOLDING).count()


def policy_of(organisation: Organisation) -> AdoptionPolicy | None:
    """The written policy of an organisation."""
    return AdoptionPolicy.objects.filter(organisation=organisation).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The most that one of the sources reaches of whom a policy names.

    Args:
        percent: how much it is believed when it is sure of something and has just seen it; 0 where there is no source.
        source: the source, if the viewer may know it.
        blocks: how many blocks of the policy stand, because several sources agree or by other words than theirs.

    """

    percent: int
    source: Source | None
    blocks: int


def out_of_reach(viewer: Actor, policy: AdoptionPolicy) -> Reached | None:
    """The best that a policy's sources reach, where none of them alone reaches what it asks; else nothing."""
    if policy.confidence is None:
        return None
    counted = Source.objects.filter(trial_since=None, withdrawn_at=None)
    if policy.sources:
        own, linked = Q(peer=None, organisation__code__in=policy.sources), Q(owner__in=policy.sources)
        counted = counted.filter(own | linked & ~Q(peer=None))
    letters = {Reliability(one) for one in counted.order_by().values_list("reliability", flat=True).distinct()}
    best = max(letters, key=lambda one: one.share, default=None)
    if best is not None and percent(best.share) >= policy.confidence:
        return None
    known = sources_visible_to(viewer).filter(pk__in=counted.filter(reliability=best or "").values("pk"))
    return Reached(
        percent=percent(best.share) if best else 0,
        source=known.order_by("name", "pk").first(),
        blocks=Block.objects.filter(organisation=policy.organisation, by_policy=True, state__in=_HOLDING).count(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbelieved:
    """A block of before policies went by belief, which belief would not hold; and its source, if that may be seen."""

    block: Block
    source: Source | None


def unbelieved_of(viewer: Actor, organisation: Organisation) -> list[Unbelieved]:
    """The blocks of an organisation's policy that stand until their end although they are not believed enough."""
    rows = Block.objects.filter(organisation=organisation, state__in=_HOLDING, peer=None).exclude(unbelieved_at=None)
    blocks = list(rows.order_by("until", "pk")[:_UNBELIEVED])
    seen = sources_visible_to(viewer)
    said = Indicator.objects.filter(
        stix_id__in={one.indicator for one in blocks}, revoked=False, object__source__in=seen.values("pk")
    )
    by_name = {
        (one.stix_id, sender(one)): one.object.source
        for one in said.select_related("object__source__organisation").order_by("version")
    }
    return [Unbelieved(block=one, source=by_name.get((one.indicator, one.source))) for one in blocks]


def is_canary(organisation: Organisation) -> bool:
    """Whether an organisation tries blocks before others."""
    return CanaryMember.objects.filter(organisation=organisation).exists()


def canary_group(viewer: Actor) -> list[Organisation]:
    """The organisations that try blocks first, as far as the viewer may see."""
    where = organisations_where(viewer, Permission.BLOCK_VIEW)
    return list(where.filter(pk__in=CanaryMember.objects.values("organisation")).order_by("name")[:200])


def places_with_policies(viewer: Actor) -> Sequence[AdoptionPolicy]:
    """The written policies of organisations that the viewer may see."""
    allowed: Reach = reach(viewer, Permission.BLOCK_VIEW)
    rows = AdoptionPolicy.objects.filter(allowed.q("organisation__path")).select_related("organisation")
    return list(rows.order_by("organisation__name")[:200])


def indicator_visible_to(viewer: Actor, stix_id: str) -> Indicator | None:
    """An indicator by its identifier, if its markings let the viewer have it."""
    seen = objects_visible_to(viewer).filter(stix_id=stix_id)
    return Indicator.objects.filter(object__in=seen, revoked=False).first() if stix_id else None
