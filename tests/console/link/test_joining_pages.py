"""Joining by the page: only whom somebody has seen is joined, and what goes wrong is said in plain words."""

import html
import re
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from console.factories import OrganisationFactory, PostFactory
from console.link.factories import a_parent
from watchward.access.roles import ADMINISTRATOR
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Service
from watchward.console.config import current, use
from watchward.console.link import actions, over
from watchward.console.link.client import LinkError
from watchward.console.link.http import Sent
from watchward.console.link.trust import own_name
from watchward.link.code import JoinCode, make

NODE = Service(name="test")


@pytest.fixture(autouse=True)
def _as_before():
    before = current()
    yield
    use(before)


@pytest.fixture
def page(client, tmp_path):
    """Posts to the page as an administrator; what it answers, in words."""
    use(current().model_copy(update={"home": tmp_path, "keys": tmp_path}))
    client.force_login(PostFactory(role=ADMINISTRATOR.key, organisation=None).user)

    def post(**given):
        return html.unescape(client.post("/links/join/", given).content.decode())

    return post


def a_code(address="https://127.0.0.1:9", *, letter="a"):
    return make(address, parent=letter * 32, until=timezone.now() + timedelta(days=2)).text


def _mark(shown):
    return re.search(r'name="seen" value="([^"]*)"', shown).group(1)


@pytest.fixture
def joined(monkeypatch):
    """The codes with which this node would have joined."""
    found = []

    def join(given: JoinCode, **_):
        found.append(given.text)
        return a_parent()

    monkeypatch.setattr(over, "join", join)
    return found


def test_a_node_that_has_no_organisations_is_told_to_import_them(client, page, joined):
    code = a_code()
    page(code=code, step="join", seen=_mark(page(code=code, step="look")))

    assert joined == [code]
    assert "Import the organisations now" in client.get("/links/").content.decode()


def test_an_exercise_says_why_no_node_can_join_it():
    use(current().model_copy(update={"public_url": "http://localhost:8443"}))

    with pytest.raises(BadInputError, match="plain HTTP, as an exercise does"):
        actions.invite(by=NODE, name="Below", organisation=OrganisationFactory(), clock=SystemClock())


@pytest.mark.parametrize("address", ["https://localhost:8443", "https://127.0.0.1:8443"])
def test_a_node_whose_address_names_no_machine_is_named_as_its_machine(address):
    use(current().model_copy(update={"public_url": address}))

    assert own_name() == socket.gethostname()


def test_a_code_that_was_pasted_over_the_one_that_was_seen_joins_nobody(page, joined):
    first, second = a_code(), a_code(letter="b")
    seen = _mark(page(code=first, step="look"))

    told = page(code=second, step="join", seen=seen)

    assert joined == []
    assert "You have not seen yet whom this code leads to." in told
    assert "bbbb bbbb" in told
    page(code=second, step="join", seen=_mark(told))
    assert joined == [second]


def test_a_parent_that_came_since_is_replaced_only_once_that_was_seen(page, joined):
    code = a_code()
    seen = _mark(page(code=code, step="look"))
    a_parent(name="Came since")

    assert "It takes the place of Came since" in page(code=code, step="join", seen=seen)
    assert joined == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://127.0.0.1:9", "nothing answers there"),
        (f"https://{'a' * 64}.example", "its name is no name of a host"),
    ],
)
def test_an_address_that_cannot_be_reached_is_told_in_plain_words(page, address, said):
    code = a_code(address)

    told = page(code=code, step="join", seen=_mark(page(code=code, step="look")))

    assert f"could not be reached: {said}." in told
    assert "Errno" not in told


def test_a_child_says_the_same_of_a_name_that_is_none():
    with pytest.raises(LinkError, match="no name of a host"):
        over.Over("https://[::zz]", over.trusting_nobody())(Sent(path="/v1/up"), seconds=1)
