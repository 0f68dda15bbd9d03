"""The published rules, each with its plain reading and events made from it, and all these events as batches."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from detect.builders import a_batch
from detect.examples.events import Example, examples
from detect.examples.reading import Formula, read
from watchward.detect.sigma import rules
from watchward.detect.sigma.placeholders import FILE
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.telemetry.batch import column_of


@dataclass(frozen=True)
class Exercised:
    """A rule as the engine loaded it, what its text plainly asks, and events made from that."""

    rule: Rule
    formula: Formula
    examples: list[Example]


class Site(dict[str, list[str]]):
    """A site that has two values for whatever placeholder a rule asks for."""

    def __missing__(self, name: str) -> list[str]:
        word = re.sub(r"\W", "", name.lower())
        self[name] = [f"{word}.1$", f"{word}.2$"]
        return self[name]


class Plain(yaml.CSafeLoader):
    """YAML in which digits with zeros in front are the text that they look like."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in known if not tag.endswith((":int", ":timestamp"))]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(0|-?[1-9][0-9]*)$"), list("-0123456789"))


def folders(sigma: Path) -> list[Path]:
    """The folders of published rules."""
    return sorted(path for path in sigma.iterdir() if path.name.startswith("rules") and path.is_dir())


def readings(sigma: Path, site: Site) -> dict[str, Formula]:
    """What each published rule plainly asks, by its id."""
    return {
        str(document["id"]): read(document["detection"], site)
        for folder in folders(sigma)
        for path in sorted(folder.rglob("*.yml"))
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Plain)
    }


def loaded(sigma: Path, site: Mapping[str, list[str]], scratch: Path) -> RuleSet:
    """The published rules as the engine loads them where a site gives values for placeholders."""
    (scratch / FILE).write_text(yaml.safe_dump(dict(site)))
    return rules.load([scratch, *folders(sigma)])


def exercised(sigma: Path, scratch: Path) -> Iterator[Exercised]:
    """Every published rule with its events."""
    site = Site()
    formulas = readings(sigma, site)
    for rule in loaded(sigma, site, scratch).rules:
        formula = formulas[rule.id]
        yield Exercised(rule, formula, examples(formula, rule.id))


def batch_of(events: Iterable[tuple[LogSource, Mapping[str, str]]]) -> pa.RecordBatch:
    """Events with their log sources as one batch; column by column, since there are many of both."""
    known = list(events)
    columns: dict[str, tuple[list[int], list[str]]] = {}
    for row, (_, event) in enumerate(known):
        for name, text in event.items():
            rows, texts = columns.setdefault(column_of(name), ([], []))
            rows.append(row)
            texts.append(text)
    return a_batch(
        *({} for _ in known),
        **{part: _column(*_parts(part, known), len(known)) for part in ("product", "category", "service")},
        **{name: _column(rows, texts, len(known)) for name, (rows, texts) in columns.items()},
    )


def _parts(part: str, known: list[tuple[LogSource, Mapping[str, str]]]) -> tuple[list[int], list[str]]:
    rows = [row for row, (source, _) in enumerate(known) if getattr(source, part) is not None]
    return rows, [getattr(known[row][0], part) for row in rows]


def _column(rows: list[int], texts: list[str], count: int) -> pa.DictionaryArray:
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    codes = np.full(count, -1, dtype=np.int32)
    codes[rows] = encoded.indices.to_numpy()
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), encoded.dictionary)
