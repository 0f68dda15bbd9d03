"""Activities: what people and machines do, read from YAML and compiled to the events that are logged of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchward.node.exercise.sector import Sensor
from watchward.node.exercise.sensors import cloud, linux, security, windows
from watchward.node.exercise.sensors.scene import Event, Happening, Scene, SceneError
from watchward.node.exercise.shapes import text_of
from watchward.node.exercise.template import Text, Values

_VERBS = {**windows.VERBS, **security.VERBS, **linux.VERBS, **cloud.VERBS}
_PAUSE_US = 40_000
"""How long after one thing the next happens, unless `wait` says otherwise, in microseconds."""
_EACH = ":each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event to come, `after` microseconds after the one before it, `times` over."""

    text: Text
    after: int
    times: int = 1


def happenings(items: Iterable[Mapping[str, Any]]) -> list[Happening]:
    """What the YAML says, all as text: `true` and numbers are written as they stand there."""
    return [
        {str(key): str(value).lower() if value is True else str(value) for key, value in it.items()} for it in items
    ]


def compile_lines(doings: Sequence[Happening], scene: Scene) -> list[Line]:
    """The events that the scene's sensors log of what happens, one after another.

    Raises:
        SceneError: it has a verb that nothing here knows, or lacks a part.

    """
    lines: list[Line] = []
    for doing in doings:
        pause = int(float(doing["wait"]) * 1e6) if "wait" in doing else _PAUSE_US
        for event in _events(doing, scene):
            lines.append(Line(text=text_of(event, scene.sensor), after=pause, times=int(doing.get("times", "1"))))
            pause = 2_000
    return lines


def _events(doing: Happening, scene: Scene) -> list[Event]:
    verb = next(iter(doing))
    if verb not in _VERBS:
        raise SceneError(f"{scene.where}: nothing knows the verb {verb!r}.", advice=f"Use one of {', '.join(_VERBS)}.")
    try:
        return _VERBS[verb](scene, doing)
    except KeyError as error:
        raise SceneError(
            f"{scene.where}: {verb!r} lacks or does not know {error}.", advice="Compare another use of it."
        ) from error


def play(lines: Sequence[Line], values: Values, at: int) -> Iterator[tuple[int, Text]]:
    """The events with their times, in microseconds; slots that end in `:each` are new for each repetition."""
    for line in lines:
        for _ in range(line.times):
            if line.times > 1:
                for slot in [name for name in values if name.endswith(_EACH)]:
                    del values[slot]
            at += line.after
            yield at, line.text


def scenes(account: str, where: str) -> dict[tuple[Sensor, bool], Scene]:
    """A fresh scene for each way of watching: by sensor, and on Linux by which sensor is in the kernel."""
    return {
        (sensor, kernel): Scene(sensor=sensor, account=account, where=where, kernel_sensor=kernel)
        for sensor in Sensor
        for kernel in (False, True)
    }
