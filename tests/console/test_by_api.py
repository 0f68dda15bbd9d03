"""The REST API offers what the pages offer: every page and form has its equal there, or a reason why not."""

from console.by_api import EXCEPTIONS, ONLY_BY_API, SAME
from console.test_walk import routes

API = "api/v1/"


def _pages():
    return {route for route in routes() if f" {API}" not in route}


def _by_api():
    return {route.replace(API, "", 1) for route in routes() if f" {API}" in route}


def _is_signing_in(route):
    return route.partition(" ")[2].startswith("account/") and not route.partition(" ")[2].startswith("account/tokens/")


def test_every_page_and_form_has_its_equal_in_the_api_or_a_reason_why_not():
    unknown = {route for route in _pages() - SAME.keys() - EXCEPTIONS.keys() if not _is_signing_in(route)}

    assert not unknown, f"give the API the same, and add it to SAME in tests/console/by_api.py: {sorted(unknown)}"


def test_every_equal_exists_and_every_route_of_the_api_is_some_pages_equal_or_argued():
    equals = {equal for equals in SAME.values() for equal in equals.split(", ")}

    assert equals - _by_api() == set()
    assert _by_api() - equals == ONLY_BY_API.keys()


def test_nothing_stands_in_the_table_that_is_gone_or_stands_there_twice():
    assert SAME.keys() - _pages() == set()
    assert EXCEPTIONS.keys() - _pages() == set()
    assert not SAME.keys() & EXCEPTIONS.keys()
    assert all(len(reason) > 10 for reason in [*EXCEPTIONS.values(), *ONLY_BY_API.values()])
