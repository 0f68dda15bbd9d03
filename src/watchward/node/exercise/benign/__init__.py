"""The everyday: what an estate's machines log when nothing is wrong.

Each activity says how often a day it happens on one device of its kind, and in which rhythm. From that comes the mix at
every hour, and how many events a device makes a day, by which false alerts are counted (ADR 0072).
"""

import heapq
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from random import Random
from typing import Any

from watchward.node.exercise.activity import Line, compile_lines, happenings, play, scenes
from watchward.node.exercise.emitted import Emitted
from watchward.node.exercise.moment import SECOND, hour_of, stamp
from watchward.node.exercise.place import PlaceValues, device_values, person_values
from watchward.node.exercise.sector import DeviceKind, Sector, Sensor, Site
from watchward.node.exercise.values import load_yaml

_FILES = ("windows.yaml", "office.yaml", "clinical.yaml", "servers.yaml", "admin.yaml", "linux.yaml", "cloud.yaml")

_RHYTHMS = {
    "always": [1.0] * 24,
    "office": [0, 0, 0, 0, 0, 0.1, 0.4, 1.2, 2.6, 2.8, 2.6, 2.4, 1.8, 2.2, 2.5, 2.4, 2.0, 1.2, 0.4, 0.2, 0.1, 0, 0, 0],
    "clinical": [
        0.4,
        0.3,
        0.3,
        0.3,
        0.3,
        0.4,
        0.8,
        1.8,
        1.7,
        1.6,
        1.5,
        1.4,
        1.2,
        1.4,
        1.4,
        1.3,
        1.2,
        1.1,
        1,
        1.2,
        1,
        0.8,
        0.6,
        0.5,
    ],
    "morning": [0, 0, 0, 0, 0, 0.3, 2, 6, 8, 4, 1.5, 0.6, 0.3, 0.6, 0.2, 0.1, 0.1, 0, 0, 0.3, 0.1, 0, 0, 0],
    "night": [3, 4, 4, 3, 2, 1, 0.4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.2, 0.6, 1, 1.5, 2, 2.3],
}
"""How busy each hour of the day is; each row is read as shares of its sum."""
_WEEKEND = {"office": 0.12, "morning": 0.3, "clinical": 0.8}

_CLIENTS = (DeviceKind.CLINICAL, DeviceKind.WORKSTATION, DeviceKind.LAPTOP)
_SERVERS = (DeviceKind.SERVER, DeviceKind.DOMAIN_CONTROLLER)
_FIXED = (DeviceKind.LABORATORY, DeviceKind.IMAGING)
_GROUPS = {
    "clients": _CLIENTS,
    "windows": (*_CLIENTS, *_SERVERS, *_FIXED),
    "servers": _SERVERS,
    "fixed": _FIXED,
    "people": _CLIENTS,
    "clinical": (DeviceKind.CLINICAL,),
    "office": (DeviceKind.WORKSTATION,),
    "laptops": (DeviceKind.LAPTOP,),
    "controllers": (DeviceKind.DOMAIN_CONTROLLER,),
    "laboratory": (DeviceKind.LABORATORY,),
    "imaging": (DeviceKind.IMAGING,),
    "linux": (DeviceKind.LINUX,),
}
_POPULARITY = 1.25
"""Some devices are far busier than others."""
_HOUR = 3600 * SECOND


Way = tuple[Sensor, bool]
"""How a machine is watched: the organisation's sensor, and whether Sysmon watches its Linux servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that happens often on machines of some kinds.

    Args:
        name: what it is, in words.
        per_day: how often on one such machine.
        rhythm: when; one of the rows of `_RHYTHMS`.
        where: on which machines: groups of kinds, or a server's role.
        lines: the events, by how the place is watched.

    """

    name: str
    per_day: float
    rhythm: str
    where: tuple[str, ...]
    lines: Mapping[Way, Sequence[Line]]

    def events(self, way: Way) -> int:
        """How many events it makes where machines are watched this way."""
        return sum(line.times for line in self.lines[way])


@lru_cache(maxsize=1)
def activities() -> tuple[Activity, ...]:
    """Every everyday activity that the data files describe."""
    return tuple(_activity(entry, name) for name in _FILES for entry in load_yaml("benign", name))


def _activity(entry: Mapping[str, Any], file: str) -> Activity:
    doings = happenings(entry["does"])
    account = entry.get("by", "user")
    watched = scenes(account, f"{file}, {entry['name']!r}")
    return Activity(
        name=entry["name"],
        per_day=float(entry["per_day"]),
        rhythm=entry.get("rhythm", "always"),
        where=tuple(entry["where"].split()),
        lines={way: compile_lines(doings, scene) for way, scene in watched.items()},
    )


def way_of(site: Site) -> Way:
    """How the machines of an organisation are watched."""
    return site.sensor, site.number % 2 == 0


def _device_values(site: Site, number: int) -> dict[str, str]:
    return device_values(site, site.device(number))


class _Machines:
    """The machines of one kind (or role) over all organisations, to draw from."""

    def __init__(self, sites: Sequence[Site], kind: DeviceKind, role: str) -> None:
        each = ((site, site.numbers_of(kind, role)) for site in sites)
        self._sites = [(site, numbers) for site, numbers in each if numbers]
        self._ends = list(accumulate(len(numbers) for _, numbers in self._sites))
        self.ways: Counter[Way] = Counter()
        for site, numbers in self._sites:
            self.ways[way_of(site)] += len(numbers)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def draw(self, random: Random) -> tuple[Site, int]:
        """A site in proportion to its machines, and a machine there, the busier ones more often."""
        site, numbers = self._sites[bisect_right(self._ends, random.random() * self._ends[-1])]
        return site, numbers[int(len(numbers) * random.random() ** _POPULARITY)]


def _expected(activity: Activity, machines: _Machines) -> float:
    """How many events an activity makes, on average over how its machines are watched."""
    return sum(count * activity.events(way) for way, count in machines.ways.items()) / len(machines)


@lru_cache(maxsize=1)
def _choices(sector: Sector) -> list[tuple[Activity, _Machines]]:
    """What may happen on which machines; worked out once for a sector, as the largest has 40,000 sites."""
    sites = list(sector.sites())
    found: dict[tuple[DeviceKind, str], _Machines] = {}
    choices = []
    for activity in activities():
        for key in (key for group in activity.where for key in _keys(group)):
            if key not in found:
                found[key] = _Machines(sites, *key)
            if len(found[key]):
                choices.append((activity, found[key]))
    return choices


def _keys(group: str) -> list[tuple[DeviceKind, str]]:
    """The kinds of machines of a group; any other word is the role of servers."""
    return [(kind, "") for kind in _GROUPS[group]] if group in _GROUPS else [(DeviceKind.SERVER, group)]


class Everyday:
    """The everyday events of a sector.

    Args:
        sector: where.
        seed: the same seed, start and rate give the same events.
        records: the number before the first event's record number.

    """

    def __init__(self, sector: Sector, *, seed: int, records: int = 0) -> None:
        self.records = records
        self._sector, self._random = sector, Random(f"everyday/{seed}")  # noqa: S311 - a play, no secret
        self._choices = _choices(sector)
        self._expected = [_expected(activity, machines) for activity, machines in self._choices]
        self._known = lru_cache(maxsize=8192)(_device_values)

    def _weights(self, hour: int, *, weekend: bool) -> list[float]:
        """How often each choice happens in an hour like this one, over the whole sector."""
        weights = []
        for activity, machines in self._choices:
            row = _RHYTHMS[activity.rhythm]
            share = row[hour] / sum(row) * (_WEEKEND.get(activity.rhythm, 1.0) if weekend else 1.0)
            weights.append(activity.per_day * len(machines) * share)
        return weights

    @cached_property
    def events_per_day(self) -> float:
        """How many events all machines of the sector make on a working day."""
        per_activity = zip(self._choices, self._expected, strict=True)
        return sum(activity.per_day * len(machines) * events for (activity, machines), events in per_activity)

    def device_days(self, events: int) -> float:
        """How many days of one device that many everyday events stand for."""
        return events / (self.events_per_day / self._sector.size.devices)

    def stream(self, start: int, rate: float) -> Iterator[Emitted]:
        """Events without end, in order of time, about `rate` a second, from `start` (microseconds)."""
        waiting: list[tuple[int, int, Emitted]] = []
        number, at, changes, pace = 0, float(start), 0, 0.0
        ends: list[float] = []
        while True:
            if at >= changes:
                ends, pace = self._mix(int(at), rate)
                changes = (int(at) // _HOUR + 1) * _HOUR
            at += pace * (0.5 + self._random.random())
            while waiting and waiting[0][0] <= at:
                yield heapq.heappop(waiting)[2]
            activity, machines = self._choices[bisect_right(ends, self._random.random() * ends[-1])]
            for emitted in self._happen(activity, machines, int(at)):
                number += 1
                heapq.heappush(waiting, (emitted.at, number, emitted))

    def _mix(self, at: int, rate: float) -> tuple[list[float], float]:
        """What to draw from in the hour of `at`, and how long from one activity to the next, in microseconds."""
        hour, weekend = hour_of(at)
        weights = self._weights(hour, weekend=weekend)
        per_activity = sum(weight * events for weight, events in zip(weights, self._expected, strict=True))
        return list(accumulate(weights)), per_activity / sum(weights) / rate * SECOND

    def _happen(self, activity: Activity, machines: _Machines, at: int) -> Iterator[Emitted]:
        site, number = machines.draw(self._random)
        known = self._known(site, number)
        who = (number * 13 // 10 + int(3 * self._random.random() ** 2)) % site.people
        values = PlaceValues(site, self._random, known | person_values(site, who))
        for moment, text in play(activity.lines[way_of(site)], values, at):
            self.records += 1
            stamp(values, moment, self.records)
            yield Emitted(at=moment, site=site, device=known["fqdn"], document=text.fill(values))
