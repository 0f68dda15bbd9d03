"""The site's own values for placeholders such as `%Administrators%`: a file `placeholders.yml` beside its rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.plainly import nodes, value
from watchward.detect.sigma.rule import Refusal, Rejected
from watchward.detect.sigma.written import as_written

FILE = "placeholders.yml"
"""The name of the file in a rule folder. It is a mapping of names to values: texts as in rules, wildcards included."""

Values = Mapping[str, tuple[str, ...]]
"""What each placeholder stands for: any of these."""

NONE: Values = {}


class StandIns(Mapping[str, tuple[str, ...]]):
    """The site's own values, and something for every other placeholder: so that what waits for values can be read."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._values.get(name) or (f"%{name}%",)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values) or 1


_ADVICE = "Write, for example, `Administrators: [jo.admin, sam.admin]`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files of some folders say, and what is wrong with them."""

    values: Values
    rejected: tuple[Rejected, ...] = ()


def read(folders: Iterable[Path]) -> Found:
    """The placeholders of some rule folders; of two values for one name, those of the first folder count."""
    values: dict[str, tuple[str, ...]] = {}
    rejected = []
    for path in (folder / FILE for folder in folders):
        if path.is_file():
            try:
                for name, texts in _values(_content(path)):
                    values.setdefault(name, texts)
                    rejected += [_stands_for_all(path, name) for text in texts if text and not text.strip("*")]
            except (OSError, ValueError, yaml.YAMLError, RuleError) as error:
                reason = f"the site's values cannot be read: {error}"
                rejected.append(Rejected(path=path, line=1, kind=Refusal.BROKEN, reason=reason, advice=_ADVICE))
    return Found(values=values, rejected=tuple(rejected))


def _stands_for_all(path: Path, name: str) -> Rejected:
    """A word of warning; the value counts as it stands."""
    reason = f"%{name}% stands for any value at all: a filter that asks for it hides everything that has the field"
    advice = "Write which values are meant. It is in force as it stands."
    return Rejected(path=path, line=1, kind=Refusal.PLACEHOLDER, reason=reason, advice=advice)


def _content(path: Path) -> object:
    """What the file says, as rules say it: `NO` is a text, and so are digits with zeros in front of them."""
    found = [value(node) for node in nodes(path.read_text(encoding="utf-8-sig"))]
    return found[0] if len(found) == 1 else None


def _values(content: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not isinstance(content, dict):
        raise ValueError("the file is not a mapping of names to values")  # noqa: TRY004 - told to a person, as the rest
    for name, given in content.items():
        items = given if isinstance(given, list) else [given]
        if not items or not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
            raise ValueError(f"{name} is neither a text nor a list of texts")
        yield str(name).strip("%"), tuple(map(as_written, items))
