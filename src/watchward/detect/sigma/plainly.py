"""Sigma's YAML: plain data only, in the edition 1.2, each key once, of bounded depth and without aliases."""

import re

import yaml

from watchward.detect.sigma.errors import RuleError
from watchward.detect.sigma.written import Fraction, Whole

_DEEPEST = 50

_PLAIN = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
)
"""What words without quotation marks are, as YAML 1.2 has it: `yes`, `12:30` and `2026-03-01` are texts."""


class Loader(yaml.CSafeLoader):
    """PyYAML's loader for it."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own class attribute, filled below

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """A whole number: zeros in front mean nothing, where YAML 1.1 would read it to the base 8."""
        text = str(self.construct_scalar(node))
        number = int(text, 16) if text.startswith("0x") else int(text)
        return number if str(number) == text else Whole.of(number, text)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        """A number with a fraction."""
        text = str(self.construct_scalar(node))
        number = float(text)
        return number if str(number) == text else Fraction.of(number, text)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002
        """A mapping, unless it says something twice."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is not plain text", key_node.start_mark)
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                problem = f"the key {key!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in _PLAIN:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_yaml_float)


def nodes(text: str) -> list[yaml.Node]:
    """The documents of a text, without those that say nothing.

    Raises:
        RuleError or yaml.YAMLError: it is not such YAML.

    """
    _refuse_depth(text)
    return [node for node in yaml.compose_all(text, Loader) if not node.tag.endswith(":null")]


def value(node: yaml.Node) -> object:
    """What a document says.

    Raises:
        RuleError: it is not plain data.

    """
    _refuse_expansion(node)
    loader = Loader("")
    try:
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or error
        raise RuleError(f"it is not YAML: {problem}", advice="Correct it.", line=line_of(error)) from error
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:  # what PyYAML lets through: `!!int many`
        raise RuleError(f"a value is not what its tag says: {error}", advice="Leave out the YAML tags.") from error
    finally:
        loader.dispose()


def line_of(error: yaml.YAMLError) -> int:
    """The line on which a text is no YAML, from 1."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 1


def _refuse_depth(text: str) -> None:
    """Refuse what is nested so deeply that building it would exhaust the stack, which libyaml does not guard."""
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise RuleError("it is nested too deeply", advice=f"Keep it below {_DEEPEST} levels.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_expansion(node: yaml.Node) -> None:
    """Refuse aliases that would multiply without bound, and structures that hold themselves."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, yaml.ScalarNode):
            continue
        if id(here) in seen:
            raise RuleError("it repeats a part by a YAML alias", advice="Write the part out where it is needed.")
        seen.add(id(here))
        pairs = here.value if isinstance(here, yaml.MappingNode) else [(item,) for item in here.value]
        waiting.extend(child for pair in pairs for child in pair)
