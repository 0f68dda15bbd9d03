import re
from pathlib import Path

import pytest

from watchward.console.api import api
from watchward.console.detect import actions, hunting
from watchward.node.config import Config

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text()


def _last_words():
    """What ends each request that the page names."""
    paths = re.findall(r"[/…][\w/{}….-]*", TEXT)
    return {re.sub(r"(/\{\w+\})+$", "", path.rstrip("/.")).rpartition("/")[2] for path in paths}


@pytest.mark.parametrize("path", sorted(api.get_openapi_schema(path_prefix="/")["paths"]))
def test_every_request_stands_on_the_page_of_the_api(path):
    parts = [part for part in path.strip("/").split("/") if not part.startswith("{")]

    assert f"/{parts[0]}" in TEXT
    assert parts[-1] in _last_words(), f"say in docs/reference/api.md what {path} does"


def test_the_limits_on_the_page_are_those_that_hold():
    limits = hunting.LIMITS

    assert f"{Config.model_fields['api_requests_a_minute'].default} requests a minute" in TEXT
    assert f"at most {actions.MOST_AT_ONCE:,} alerts" in TEXT
    assert f"after {limits.seconds:.0f} seconds" in TEXT
    assert f"{limits.rows:,} rows or {limits.answer_bytes >> 20} MB" in " ".join(TEXT.split())
    assert f"{hunting.PACE.at_once} hunts under way and start {hunting.PACE.a_minute} in a minute" in TEXT
