"""From the text of a rule file to the rules in it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import yaml

from watchward.detect.correlate.document import correlation_of
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma import described, ir, plainly
from watchward.detect.sigma.errors import CorrelationError, PlaceholderError, RuleError
from watchward.detect.sigma.filters import Filter, filter_of
from watchward.detect.sigma.placeholders import NONE, Values
from watchward.detect.sigma.rule import Refusal, Rejected, Rule

LARGEST = 512 * 1024
"""Bytes; the largest rule file in use has some 30,000."""

MOST_LEAVES = 20_000
"""Comparisons in one rule, after its modifiers have multiplied them."""

Parsed = Rule | Correlation | Filter
"""What a file may hold."""


def parse(content: bytes, path: Path, placeholders: Values = NONE) -> list[Parsed | Rejected]:
    """Everything in a file, loaded or rejected; never raises for what the file says."""
    digest = sha256(content).hexdigest()
    if len(content) > LARGEST:
        return [_broken(path, 1, f"the file has {len(content):,} bytes", f"Keep rules below {LARGEST:,} bytes.")]
    try:
        text = content.decode("utf-8-sig")
        nodes = plainly.nodes(text)
        return [_rule(node, path, f"{digest}:{number}", placeholders) for number, node in enumerate(nodes)]
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [_broken(path, line, "the file is not UTF-8 text", "Save it in the encoding UTF-8.")]
    except yaml.YAMLError as error:
        line = plainly.line_of(error)
        reason = f"it is not YAML: {getattr(error, 'problem', None) or error}"
        return [_broken(path, line, reason, "Correct the line: mind indentation, quotes and colons.")]
    except RuleError as error:
        return [_broken(path, 1, error.message, error.advice)]


def detection_of(content: bytes, digest: str) -> object:
    """The `detection` of the rule with this digest, as its file says it; None where the file holds no such rule."""
    before, _, number = digest.rpartition(":")
    if sha256(content).hexdigest() != before:
        return None
    return _document(plainly.nodes(content.decode("utf-8-sig"))[int(number)]).get("detection")


def _broken(path: Path, line: int, reason: str, advice: str) -> Rejected:
    return Rejected(path=path, line=line, kind=Refusal.BROKEN, reason=reason, advice=advice)


def _rule(node: yaml.Node, path: Path, digest: str, placeholders: Values) -> Parsed | Rejected:
    line = node.start_mark.line + 1
    try:
        return _built(_document(node), path, line, digest, placeholders)
    except RuleError as error:
        failure = error
    except RecursionError:
        failure = RuleError("it is nested too deeply", advice="Give parts of the condition names as detections.")
    line = failure.line or _line_within(node, failure.within) or line
    return Rejected(path=path, line=line, kind=_kind(failure), reason=failure.message, advice=failure.advice)


def _kind(failure: RuleError) -> Refusal:
    match failure:
        case CorrelationError():
            return Refusal.CORRELATION
        case PlaceholderError():
            return Refusal.PLACEHOLDER
        case _:
            return Refusal.BROKEN


def _document(node: yaml.Node) -> Mapping[str, object]:
    document = plainly.value(node)
    if not isinstance(document, dict):
        raise RuleError("it is not a rule", advice="A rule is a mapping with title, logsource and detection.")
    return document


def _line_within(node: yaml.Node, keys: Sequence[str]) -> int | None:
    """The line of the innermost of some nested keys that can be found."""
    line = None
    for key in keys:
        found = next(_children(node, key), None)
        if found is None:
            break
        line, node = found
    return line


def _children(node: yaml.Node, key: str) -> Iterator[tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key or str(name.value).replace("utf16le", "wide") == key:
                yield name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _children(item, key)


def _built(document: Mapping[str, object], path: Path, line: int, digest: str, placeholders: Values) -> Parsed:
    _refuse_other_kinds(document)
    condition_of = partial(_condition, placeholders=placeholders)
    if "correlation" in document:
        return correlation_of(document, path=path, line=line, digest=digest)
    if "filter" in document and "detection" not in document:
        return filter_of(document, condition_of, path=path, line=line, digest=digest)
    return Rule(
        id=described.identifier(document, digest),
        title=described.title(document),
        name=described.text(document, "name"),
        level=described.level(document.get("level")),
        status=described.text(document, "status"),
        description=described.text(document, "description"),
        author=described.text(document, "author"),
        references=described.texts(document, "references"),
        tags=described.texts(document, "tags"),
        falsepositives=described.texts(document, "falsepositives"),
        fields=described.texts(document, "fields"),
        logsource=described.log_source(document.get("logsource")),
        path=path,
        line=line,
        condition=condition_of(document.get("detection")),
        digest=digest,
    )


def _refuse_other_kinds(document: Mapping[str, object]) -> None:
    if "action" in document:
        raise RuleError(
            "it uses `action`, which Sigma 2 no longer has",
            advice="Write each rule out in full, or convert it with SigmaHQ's tools.",
            within=("action",),
        )


def _condition(detection: object, within: str = "detection", *, placeholders: Values) -> ir.Condition:
    # pySigma takes a third of a second to import, which a start from the cache need not pay.
    from watchward.detect.sigma import detection as sigma  # noqa: PLC0415

    if not isinstance(detection, dict):
        raise RuleError(
            "it has no detection",
            advice="Give `detection` at least one named part and a `condition`.",
            within=("detection",),
        )
    try:
        condition = sigma.condition_of(detection, placeholders)
    except RuleError as error:
        error.within = (within, *error.within[1:])
        raise
    count = sum(1 for _ in ir.leaves(condition))
    if count > MOST_LEAVES:
        raise RuleError(
            f"it makes {count:,} comparisons", advice=f"Split it: {MOST_LEAVES:,} is the most.", within=("detection",)
        )
    return condition
