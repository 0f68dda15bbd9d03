"""What STYLE.md asks of every action, held for all of them."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import watchward.console

CONSOLE = Path(watchward.console.__file__).parent
FILES = sorted(CONSOLE.glob("*/actions.py"))


def _functions(path):
    tree = ast.parse(path.read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _public_actions():
    for path in FILES:
        module = import_module(f"watchward.console.{path.parent.name}.actions")
        for name in _functions(path):
            if not name.startswith("_"):
                yield pytest.param(path, getattr(module, name), id=f"{path.parent.name}.{name}")


ACTIONS = list(_public_actions())


def _calls(path, name, seen=frozenset()):
    """The names of everything that a function calls, through functions of the same file too."""
    functions = _functions(path)
    found = set()
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found.add(called)
        if isinstance(node, ast.Raise) and "NotAllowedError" in ast.dump(node):
            found.add("require")
    for called in found & functions.keys() - seen - {name}:
        found |= _calls(path, called, seen | {name})
    return found


@pytest.mark.parametrize("action", [each.values[1] for each in ACTIONS], ids=[each.id for each in ACTIONS])
def test_an_action_takes_keywords_only_and_first_says_who_acts(action):
    parameters = list(inspect.signature(action).parameters.values())

    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters), "begin the parameters with *"
    assert parameters[0].name == "by"
    assert "clock" in {parameter.name for parameter in parameters}, "time comes in as clock"


@pytest.mark.parametrize(("path", "action"), ACTIONS)
def test_an_action_asks_whether_this_may_be_done(path, action):
    calls = _calls(path, action.__name__)

    assert any(call.startswith("require") for call in calls), (
        f"{path.parent.name}.{action.__name__} must call require(by, Permission.…, at=…) before it writes"
    )


@pytest.mark.parametrize(("path", "action"), ACTIONS)
def test_an_action_is_recorded(path, action):
    assert {"record", "record_each"} & _calls(path, action.__name__), (
        f"{path.parent.name}.{action.__name__} must call record(AuditEvent.…, by=by, …) in its transaction"
    )


@pytest.mark.parametrize(("path", "action"), ACTIONS)
def test_an_action_is_one_transaction(path, action):
    function = _functions(path)[action.__name__]
    decorators = {ast.unparse(decorator) for decorator in function.decorator_list}

    assert "transaction.atomic" in decorators or "atomic" in _calls(path, action.__name__)


def test_there_are_actions_to_hold():
    assert len(ACTIONS) > 10
