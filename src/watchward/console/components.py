"""NHS components, rendered once for the same parameters: a component is a pure function of them (ADR 0095).

A button or a set of checkboxes costs the NHS macros a third of a millisecond to ten milliseconds; most of a page's
components are the same on the next one.
"""

from collections import OrderedDict
from threading import Lock
from typing import Any, Final

import jinja2
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Macro, Undefined
from markupsafe import Markup

PURE: Final = "nhsuk/components/"
"""Templates whose macros know nothing but their parameters."""

CONTENTS: Final = frozenset({"card", "details", "insetText", "notificationBanner", "panel", "warningCallout"})
"""Components that hold what a page is about, some of it shown only once, such as a new key: nothing to keep."""

MOST_KEPT: Final = 1_000
LONGEST_KEPT: Final = 8_000
"""Characters: longer ones hold the contents of a page, which hardly come again."""


class Kept:
    """A component that remembers what it last rendered."""

    def __init__(self, macro: Macro) -> None:
        self._macro = macro
        self._rendered: OrderedDict[Any, str] = OrderedDict()
        self._lock = Lock()

    @jinja2.pass_eval_context
    def __call__(self, context: EvalContext, *args: Any, **kwargs: Any) -> str:
        """The component's HTML."""
        try:
            key = (context.autoescape, _key(args), _key(kwargs))
        except _UnknownError:
            return self._macro(context, *args, **kwargs)
        with self._lock:
            found = self._rendered.get(key)
            if found is not None:
                self._rendered.move_to_end(key)
                return found
        made = self._macro(context, *args, **kwargs)
        if len(made) <= LONGEST_KEPT:
            self._keep(key, made)
        return made

    def _keep(self, key: object, made: str) -> None:
        with self._lock:
            self._rendered[key] = made
            if len(self._rendered) > MOST_KEPT:
                self._rendered.popitem(last=False)


class ComponentTemplate(jinja2.Template):
    """A template whose macros, when they are NHS components, remember what they rendered."""

    def make_module(self, *args: Any, **kwargs: Any) -> TemplateModule:
        """What other templates import."""
        module = super().make_module(*args, **kwargs)
        if self.name and self.name.startswith(PURE):
            for name, thing in list(vars(module).items()):
                if isinstance(thing, Macro) and name not in CONTENTS:
                    setattr(module, name, Kept(thing))
        return module


class _UnknownError(Exception):
    """A parameter of a kind that may differ from one time to the next, such as a caller's block."""


def _key(value: Any) -> object:
    """Something equal for equal parameters only; text that is escaped and text that is not are different."""
    match value:
        case dict():
            return ("dict", *((name, _key(one)) for name, one in value.items()))
        case list() | tuple():
            return ("list", *(_key(one) for one in value))
        case Markup():
            return ("markup", str(value))
        case str() | bool() | int() | float() | None:
            return (type(value), value)
        case Undefined():
            return "undefined"
        case _:
            raise _UnknownError
