"""Put the claims of several files together: one record an organisation, each with its place in the tree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from watchward.estate.ods.claim import Reading
from watchward.estate.organisation import ENGLAND, REGIONS, WALES, OrganisationKind, OrganisationRecord

MERGED_ON = date(2026, 3, 31)
"""The last day of the ICBs that merged on 1 April 2026."""

_COARSE = {OrganisationKind.REGION: 1, OrganisationKind.NATION: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that a person should know of an import, about some organisations.

    Args:
        text: what is so.
        advice: what to do about it.
        codes: the organisations that it concerns.

    """

    text: str
    advice: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Organisations with their parents, each after its parent; and what a person should know."""

    records: tuple[OrganisationRecord, ...]
    remarks: tuple[Remark, ...]


def settle(
    readings: Sequence[Reading], *, known: Iterable[OrganisationRecord] = (), under: str | None = None
) -> Settled:
    """One record for each organisation that is claimed or known, with the parent that follows from all of it.

    What is known gives way to what a file says of the present, and a snapshot of the past only fills gaps. An old ICB's
    code leads to its successor; a code that split leads nowhere by itself, and the sub-ICB location decides. Whatever
    has no place that is known goes to the top of the tree, and a remark says so.

    Args:
        readings: what the files say.
        known: the organisations that are there already.
        under: where an organisation goes that no file gives a place (a list of pharmacies).

    """
    drafts = _merged(readings, known, under)
    forwards = _forwards(readings)
    _close_merged(drafts, forwards)
    placing = _Placing(drafts, forwards)
    parents = placing.parents()
    used = {parent for parent in parents.values() if parent}
    records = {
        code: replace(draft.record, parent=parents[code], name=draft.record.name or code)
        for code, draft in drafts.items()
        if code != WALES.code or code in used
    }
    return Settled(records=_parents_first(records), remarks=(*placing.remarks(), *_without_successor(drafts, forwards)))


@dataclass(slots=True)
class _Draft:
    """An organisation while its claims are put together."""

    record: OrganisationRecord
    within: tuple[str, ...] = ()
    network: str = ""


def _merged(readings: Sequence[Reading], known: Iterable[OrganisationRecord], under: str | None) -> dict[str, _Draft]:
    drafts = {record.code: _Draft(record, _above(record)) for record in (ENGLAND, WALES, *REGIONS)}
    claims = [claim for reading in readings for claim in reading.claims]
    past = [(claim.snapshot, claim) for claim in claims if claim.snapshot]
    for _, claim in sorted(past, key=lambda pair: pair[0]):
        _add(drafts, claim.record, claim.within, claim.network)
    kinds = {}
    for record in known:
        kinds[record.code] = record.kind
        named = record if record.name != record.code else replace(record, name="")
        _add(drafts, named, _above(record), "")
    for claim in claims:
        if claim.snapshot is None:
            _add(drafts, claim.record, claim.within or ((under,) if under else ()), claim.network)
    for code in kinds:
        network = drafts[code].network or next(
            (c for c in drafts[code].within if kinds.get(c) is OrganisationKind.PCN), ""
        )
        drafts[code].network = network
    return drafts


def _above(record: OrganisationRecord) -> tuple[str, ...]:
    return (record.parent,) if record.parent else ()


def _add(drafts: dict[str, _Draft], record: OrganisationRecord, within: tuple[str, ...], network: str) -> None:
    """Lay a later statement over what was said before: what it leaves open stays as it was."""
    before = drafts.get(record.code)
    if before is None:
        drafts[record.code] = _Draft(record, within, network)
        return
    before.record = replace(
        record,
        name=record.name or before.record.name,
        opened_on=record.opened_on or before.record.opened_on,
        successor=record.successor or before.record.successor,
        postcode=record.postcode or before.record.postcode,
    )
    before.within = tuple(dict.fromkeys((*within, *before.within)))
    before.network = network or before.network


def _forwards(readings: Sequence[Reading]) -> dict[str, tuple[str, ...]]:
    """Each old ICB code with those that took over; a code that goes on is not among them."""
    forwards: dict[str, list[str]] = defaultdict(list)
    for reading in readings:
        for succession in reading.successions:
            forwards[succession.old].append(succession.new)
    return {old: tuple(dict.fromkeys(new)) for old, new in forwards.items()}


def _close_merged(drafts: dict[str, _Draft], forwards: Mapping[str, tuple[str, ...]]) -> None:
    for old, new in forwards.items():
        if old in new:
            continue
        draft = drafts.get(old) or _Draft(OrganisationRecord(code=old, name="", kind=OrganisationKind.ICB))
        draft.record = replace(
            draft.record,
            closed_on=draft.record.closed_on or MERGED_ON,
            successor=new[0] if len(new) == 1 else None,
        )
        if not draft.within:
            draft.within = next((drafts[code].within for code in new if code in drafts), ())
        drafts[old] = draft


@dataclass(slots=True)
class _Placing:
    """Find each organisation's parent among those that are known, and keep account of what is not known."""

    drafts: Mapping[str, _Draft]
    forwards: Mapping[str, tuple[str, ...]]
    unknown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    split: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    nowhere: list[str] = field(default_factory=list)
    circular: list[str] = field(default_factory=list)

    def parents(self) -> dict[str, str | None]:
        """The parent of every organisation; None only at the top."""
        found = {code: self._parent(code) for code in self.drafts}
        for code, draft in self.drafts.items():
            network = draft.network
            if network in self.drafts and network != code and found[network] == found[code]:
                found[code] = network
        for code in found:
            if _turns_back(code, found):
                self.circular.append(code)
                found[code] = ENGLAND.code
        return found

    def remarks(self) -> list[Remark]:
        """What could not be placed as claimed."""
        said = [
            Remark(
                text=f"{code} is named as a parent and is not known; the next that is known took its place",
                advice="Import the file that lists it, then this one again.",
                codes=tuple(children),
            )
            for code, children in sorted(self.unknown.items())
        ]
        said += [
            Remark(
                text=f"{code} split among {' and '.join(self.forwards[code])}, and only a sub-ICB location tells which",
                advice="Import the commissioners' file with this one.",
                codes=tuple(children),
            )
            for code, children in sorted(self.split.items())
        ]
        if self.nowhere:
            text = f"No file says where they lie; they stand directly below {ENGLAND.name}"
            said.append(Remark(text=text, advice="Say where with --under CODE.", codes=tuple(self.nowhere)))
        if self.circular:
            text = "They are said to lie within themselves; they stand directly below " + ENGLAND.name
            said.append(Remark(text=text, advice="Correct the file.", codes=tuple(self.circular)))
        return said

    def _parent(self, code: str) -> str | None:
        if self.drafts[code].record.kind is OrganisationKind.NATION:
            return None
        tried: list[str] = []
        parent = self._first_known(code, seen={code}, tried=tried)
        if parent is None and not tried:
            self.nowhere.append(code)
        elif tried and (parent is None or self._coarseness(parent)):
            missed = tried[-1]
            (self.split if len(self.forwards.get(missed, ())) > 1 else self.unknown)[missed].append(code)
        return parent or ENGLAND.code

    def _first_known(self, code: str, *, seen: set[str], tried: list[str]) -> str | None:
        """The nearest of what it is said to lie in that can be found; regions and nations only for want of better."""
        for candidate in sorted(self.drafts[code].within, key=self._coarseness):
            found = self._follow(candidate, seen=seen, tried=tried)
            if found is not None:
                return found
        return None

    def _coarseness(self, code: str) -> int:
        draft = self.drafts.get(code)
        return _COARSE.get(draft.record.kind, 0) if draft else 0

    def _follow(self, code: str, *, seen: set[str], tried: list[str]) -> str | None:
        """Where a code leads: to itself, to its successor, or from a sub-ICB location to its ICB."""
        if code in seen:
            return None
        seen = {*seen, code}
        draft = self.drafts.get(code)
        after = self.forwards.get(code, ())
        if not after and draft and draft.record.closed_on and draft.record.successor:
            after = (draft.record.successor,)
        if len(after) == 1 and after[0] != code:
            return self._follow(after[0], seen=seen, tried=tried)
        if len(after) > 1 or draft is None:
            tried.append(code)
            return None
        if draft.record.kind is OrganisationKind.SUB_ICB:
            return self._first_known(code, seen=seen, tried=tried)
        return code


def _turns_back(code: str, parents: Mapping[str, str | None]) -> bool:
    """Whether going up from an organisation comes back to it."""
    seen = {code}
    above = parents[code]
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code


def _without_successor(drafts: Mapping[str, _Draft], forwards: Mapping[str, tuple[str, ...]]) -> list[Remark]:
    """ICBs that the list of mergers passes over: they stay, and so does what lies in them."""
    if not forwards:
        return []
    named = {*forwards, *(new for several in forwards.values() for new in several)}
    missing = tuple(
        code
        for code, draft in drafts.items()
        if draft.record.kind is OrganisationKind.ICB and draft.record.closed_on is None and code not in named
    )
    if not missing:
        return []
    return [
        Remark(
            text="The list of mergers has no row for them; they stay as they were, with all that lies in them",
            advice="When it is known what took over, import a list of mergers that says so.",
            codes=missing,
        )
    ]


def _parents_first(records: Mapping[str, OrganisationRecord]) -> tuple[OrganisationRecord, ...]:
    depths: dict[str, int] = {}

    def depth(code: str) -> int:
        if code not in depths:
            parent = records[code].parent
            depths[code] = 0 if parent is None else depth(parent) + 1
        return depths[code]

    return tuple(records[code] for code in sorted(records, key=lambda code: (depth(code), code)))
