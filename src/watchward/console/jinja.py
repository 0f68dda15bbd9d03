"""The Jinja environment: NHS components, our own, and the few words that every page may use."""

from datetime import datetime
from typing import Any

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import json_script

from watchward.console.access.queries import is_set_up
from watchward.console.access.session import is_looking_around
from watchward.console.components import ComponentTemplate
from watchward.console.navigation import beside, navigation_for, ways_for
from watchward.telemetry.masking import masked_text


class _Environment(jinja2.Environment):
    """Jinja's environment, with components that are rendered once for the same parameters."""

    template_class = ComponentTemplate


def environment(**options: Any) -> jinja2.Environment:
    """Build the environment that Django renders with."""
    loader = jinja2.ChoiceLoader(
        [options.pop("loader"), jinja2.PackageLoader("nhsuk_frontend_jinja", package_path="templates")]
    )
    # The NHS macros read parameters of parameters that were never given; hence each page has a render test.
    options["undefined"] = jinja2.ChainableUndefined
    options["bytecode_cache"] = _kept_code()
    env = _Environment(loader=loader, trim_blocks=True, lstrip_blocks=True, **options)
    env.globals.update(
        {
            "exercise": lambda: settings.WATCHWARD.exercise,
            "get_messages": get_messages,
            "is_set_up": is_set_up,
            "looking_around": is_looking_around,
            "navigation_for": navigation_for,
            "static": lambda path: f"/static/{path}",
            "url": _url,
            "beside": beside,
            "ways_for": ways_for,
        }
    )
    env.filters.update(
        {
            "day": day,
            "json_script": json_script,
            "masked": masked_text,
            "moment": moment,
            "number": lambda value: f"{value:,}",
            "second": second,
        }
    )
    return env


def _kept_code() -> jinja2.BytecodeCache | None:
    """Where compiled templates are kept, by their text: a page's first visitor after a start need not wait for them."""
    folder = settings.WATCHWARD.cache / "pages"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:  # no home (a test), or one that cannot be written: templates are compiled in memory
        return None
    return jinja2.FileSystemBytecodeCache(str(folder))


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def moment(at: datetime | None) -> str:
    """A time as people read it, in the country's own time.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 7, 1, 13, 5, tzinfo=UTC))
    '1 July 2026, 14:05'

    """
    if at is None:
        return "never"
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y, %H:%M}"


def day(at: datetime) -> str:
    """The day of a moment, in the country's own time.

    >>> from datetime import UTC
    >>> day(datetime(2026, 7, 31, 23, 5, tzinfo=UTC))
    '1 August 2026'

    """
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y}"


def second(at: datetime | None) -> str:
    """A time of day to the second, in the country's own time, for events that follow one another.

    >>> from datetime import UTC
    >>> second(datetime(2026, 7, 1, 13, 5, 9, tzinfo=UTC))
    '14:05:09'

    """
    return f"{timezone.localtime(at):%H:%M:%S}" if at else "unknown time"
