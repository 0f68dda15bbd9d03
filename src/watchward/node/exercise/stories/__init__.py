"""Attacks, told from published accounts of incidents and blind to the detection rules (ADR 0071).

A story is a YAML file beside this module: whom it happens to, its sources, and its steps, each with the time after the
beginning (in minutes), the device, what happens there, the ATT&CK technique, and what it means for patients.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from watchward.base.errors import BadInputError
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise.activity import Line, compile_lines, happenings, play
from watchward.node.exercise.emitted import Emitted
from watchward.node.exercise.moment import SECOND, stamp
from watchward.node.exercise.place import IT_STAFF, PlaceValues, device_values, person_values
from watchward.node.exercise.sector import SERVER_ROLES, Device, DeviceKind, Sector, Sensor, Site
from watchward.node.exercise.sensors.scene import Happening, Scene
from watchward.node.exercise.template import Text
from watchward.node.exercise.values import load_yaml

_KINDS = {
    "clinical": DeviceKind.CLINICAL,
    "controllers": DeviceKind.DOMAIN_CONTROLLER,
    "imaging": DeviceKind.IMAGING,
    "laboratory": DeviceKind.LABORATORY,
    "laptops": DeviceKind.LAPTOP,
    "linux": DeviceKind.LINUX,
    "office": DeviceKind.WORKSTATION,
}
_FIRST_RECORD = 900_000_000
"""Where a story's record numbers begin, far from those of everyday events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that the attackers do.

    Args:
        key: its short name within the story.
        name: what happens, in words.
        after: when, in minutes after the story's beginning.
        where: which device of the cast.
        technique: the ATT&CK technique.
        consequence: what it means for patients, in one plain sentence; empty where it means nothing yet.
        impact: whether care suffers from now on.
        does: what happens.

    """

    key: str
    name: str
    after: float
    where: str
    technique: str
    consequence: str
    impact: bool
    does: tuple[Happening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An attack as it happened somewhere, step by step, to be played at an invented organisation.

    Args:
        key: its short name.
        title: what happens, in words.
        told_from: the published accounts that it follows.
        at: the kind of organisation to which it happens.
        cast: the devices, by the names that the steps use.
        props: texts that are drawn once and are the same throughout, such as the attackers' address.
        steps: what they do, in order.

    """

    key: str
    title: str
    told_from: tuple[str, ...]
    at: OrganisationKind
    cast: Mapping[str, str]
    props: Mapping[str, str]
    steps: tuple[Step, ...]

    def lines(self, sensor: Sensor, *, kernel_sensor: bool) -> Sequence[Sequence[Line]]:
        """For each step the events that are logged of it where the devices are watched so."""
        return _compiled(self.key, sensor, kernel_sensor)

    def perform(self, sector: Sector, stage: "Stage") -> list[Emitted]:
        """All its events in order of time, at one organisation of the sector, labelled with their steps."""
        performance = _Performance(self, sector, stage)
        return sorted(performance.events(), key=lambda emitted: emitted.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One performance of a story.

    Args:
        start: when it begins, in microseconds since 1970.
        speed: how many times faster than in life.
        seed: chooses the organisation, the devices and the people.
        number: which performance it is; it stands in the labels and keeps them apart.

    """

    start: int
    speed: float = 1.0
    seed: int = 1
    number: int = 0


@cache
def all_stories() -> dict[str, Story]:
    """Every story, by its key, in the order of their acts: the order in which an exercise plays them."""
    names = [path.name for path in files(__package__).iterdir() if path.name.endswith(".yaml")]
    entries = sorted(((load_yaml("stories", name), name.removesuffix(".yaml")) for name in names), key=_act)
    return {key: _story(key, entry) for entry, key in entries}


def _act(found: tuple[Mapping[str, Any], str]) -> int:
    return int(found[0]["act"])


def find(keys: Sequence[str]) -> list[Story]:
    """The stories of these keys; all where none is named.

    Raises:
        BadInputError: there is no such story.

    """
    known = all_stories()
    for key in keys:
        if key not in known:
            raise BadInputError(f"There is no story {key!r}.", advice=f"Choose from {', '.join(known)}.")
    return [known[key] for key in keys or known]


def _story(key: str, entry: Mapping[str, Any]) -> Story:
    return Story(
        key=key,
        title=entry["title"],
        told_from=tuple(entry["told_from"]),
        at=OrganisationKind(entry["at"]),
        cast=entry["cast"],
        props=entry.get("props", {}),
        steps=tuple(_step(step) for step in entry["steps"]),
    )


def _step(entry: Mapping[str, Any]) -> Step:
    return Step(
        key=entry["key"],
        name=entry["name"],
        after=float(entry["after"]),
        where=entry["where"],
        technique=entry["technique"],
        consequence=entry.get("consequence", ""),
        impact=entry.get("impact", False),
        does=tuple(happenings(entry["does"])),
    )


@cache
def _compiled(key: str, sensor: Sensor, kernel_sensor: bool) -> list[list[Line]]:  # noqa: FBT001 - a cache's key
    story = all_stories()[key]
    scenes = {
        name: Scene(sensor=sensor, where=f"stories/{key}.yaml, {name}", kernel_sensor=kernel_sensor)
        for name in story.cast
    }
    return [compile_lines(step.does, scenes[step.where]) for step in story.steps]


class _Performance:
    """A story as it happens to one organisation."""

    def __init__(self, story: Story, sector: Sector, stage: Stage) -> None:
        self._story, self._sector, self._stage = story, sector, stage
        self._random = Random(f"{story.key}/{stage.seed}/{stage.number}")  # noqa: S311 - a play, no secret
        count = sector.count(story.at)
        if count == 0:
            raise BadInputError(
                f"The story {story.key!r} happens to a {story.at.label}, and the sector has none.",
                advice="Choose a larger sector, or another story.",
            )
        first = int(self._random.random() * count)
        self._sites = [sector.site(story.at, first), sector.site(story.at, (first + 1) % count)]
        self._cast = self._devices()
        self._records = _FIRST_RECORD + stage.number * 10_000

    def _devices(self) -> dict[str, tuple[Site, Device]]:
        taken: set[tuple[str, int]] = set()
        cast: dict[str, tuple[Site, Device]] = {}
        for name, role in self._story.cast.items():
            where, _, kind = role.rpartition(":")
            site = self._sites[1] if where == "second" else self._sites[0]
            numbers = [at for at in _numbers(site, kind) if (site.record.code, at) not in taken]
            number = numbers[int(self._random.random() * len(numbers))]
            taken.add((site.record.code, number))
            cast[name] = site, site.device(number)
        return cast

    def events(self) -> Iterator[Emitted]:
        """Every step's events."""
        values = self._values()
        for number, step in enumerate(self._story.steps):
            site, device = self._cast[step.where]
            lines = self._story.lines(site.sensor, kernel_sensor=site.number % 2 == 0)[number]
            label = f"{self._story.key}/{self._stage.number}/{step.key}"
            for offset, text in play(lines, values[step.where], int(step.after * 60 * SECOND)):
                at = self._stage.start + int(offset / self._stage.speed)
                self._records += 1
                stamp(values[step.where], at, self._records)
                document = text.fill(values[step.where])
                yield Emitted(at=at, site=site, device=device.fqdn, document=document, label=label)

    def _values(self) -> dict[str, PlaceValues]:
        """The values of each device's slots: its own, and what the whole story shares."""
        shared = self._shared()
        victim = IT_STAFF + int(self._random.random() * (self._sites[0].people - IT_STAFF))
        insider = IT_STAFF + int(self._random.random() * (self._sites[0].people - IT_STAFF))
        shared["login_of:victim"] = self._sites[0].person(victim).login
        shared["login_of:insider"] = self._sites[0].person(insider).login
        return {
            name: PlaceValues(
                site,
                self._random,
                device_values(site, device) | person_values(site, victim % site.people) | shared,
            )
            for name, (site, device) in self._cast.items()
        }

    def _shared(self) -> dict[str, str]:
        shared: dict[str, str] = {}
        for name, (_, device) in self._cast.items():
            shared[f"host_of:{name}"] = device.name
            shared[f"ip_of:{name}"] = device.ip
        for name, text in self._story.props.items():
            shared[name] = Text.of(text).fill(PlaceValues(self._sites[0], self._random, {}))
        return shared


def _numbers(site: Site, kind: str) -> Sequence[int]:
    if kind in SERVER_ROLES:
        servers = site.numbers_of(DeviceKind.SERVER)
        return [number for number in servers if site.device(number).role == kind]
    return site.numbers_of(_KINDS[kind])
