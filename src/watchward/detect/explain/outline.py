"""A rule's condition as its author wrote it: the names of its detections, and how they are linked.

Matching needs no names, so a `Rule` keeps none. Whoever explains a rule to its reader asks for them here.
"""

from collections.abc import Mapping
from typing import cast

import sigma.conditions as parsed
from sigma.rule.detection import SigmaDetections

from watchward.detect.explain.why import Join, Linked, Named, Outline
from watchward.detect.sigma import detection as language
from watchward.detect.sigma.document import detection_of
from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.placeholders import NONE, Values
from watchward.detect.sigma.rule import Rule


def outline_of(detection: Mapping[str, object], placeholders: Values = NONE) -> Outline:
    """A rule's `detection` section, with the names in it; it means what `sigma.condition_of` says.

    Raises:
        RuleError: the section is not valid Sigma.

    """
    language.condition_of(detection, placeholders)  # refuses what is not valid, and says where
    plain = language.checked(detection)
    sections = SigmaDetections.from_dict(plain, policy=language.POLICY)

    def named(name: str) -> Outline:
        part = {name: detection[name], "condition": name}
        return Named(name=name, condition=language.condition_of(part, placeholders))

    def linked(tree: object) -> Outline:
        match tree:
            case parsed.ConditionIdentifier():
                return named(tree.identifier)
            case parsed.ConditionSelector():
                join = Join.ALL if tree.cond_class is parsed.ConditionAND else Join.ANY
                chosen = tuple(named(one.identifier) for one in tree.resolve_referenced_detections(sections))
                return Linked(join=join, parts=chosen, said=f"{tree.args[0]} of {tree.pattern}")
            case parsed.ConditionNOT():
                return Linked(join=Join.NOT, parts=(linked(tree.args[0]),))
            case parsed.ConditionItem():
                join = Join.ALL if isinstance(tree, parsed.ConditionAND) else Join.ANY
                return Linked(join=join, parts=tuple(map(linked, tree.args)))
            case _:
                raise RuleError("the condition asks for nothing", advice="Give it the name of a detection.")

    trees = tuple(linked(condition.parse(postprocess=False)) for condition in sections.parsed_condition)
    return trees[0] if len(trees) == 1 else Linked(join=Join.ANY, parts=trees)


def outline_in(content: bytes, rule: Rule, placeholders: Values = NONE) -> Outline:
    """The outline of a rule in its file's bytes; without names where the file has changed since it was loaded."""
    detection = detection_of(content, rule.digest)
    if detection is None:
        return Named(name="", condition=rule.condition)
    return outline_of(cast("Mapping[str, object]", detection), placeholders)
