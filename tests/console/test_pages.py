"""Every page is whole: a misspelt variable renders as nothing, so what renders as nothing must not stand there."""

import re
from dataclasses import asdict
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from console.factories import PASSWORD, OrganisationFactory, PostFactory, UserFactory
from console.lookback.factories import LookBackFactory
from console.test_walk import _build, _fill, _settings  # noqa: F401 - a fixture that pytest finds by its name
from console.walk import PAGES
from watchward.access.roles import ADMINISTRATOR, AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.access import links
from watchward.console.access.models import Link
from watchward.console.detect.models import SavedHunt

LOOKED_AT = [page for page in PAGES if page.method == "GET" and not page.address.startswith("/api/")]
NO_PAGE = {
    "": "leads to the first page that one may open",
    "account/confirm/passkey/": "leads on for whoever has no passkey; tests/browser/test_sign_in.py has one",
    "account/passkeys/<int:pk>/remove/": "there is none to remove; as above",
    "account/sign-in/passkey/": "a challenge for the browser's own dialogue, as JSON",
    "alerts/stream/": "a stream of news",
    "harm/ranking/": "a table for a spreadsheet",
    "harm/sensitivity/table/": "a table for a spreadsheet",
    "harm/what-if/table/": "a table for a spreadsheet",
    "coverage/layer.json": "a layer for another program",
    "coverage/table.csv": "a table for a spreadsheet",
    "organisations/<str:code>/care/map/<str:form>/": "a map as a file",
    "organisations/<str:code>/care/undo/": "there is nothing to undo; tests/browser/test_care.py has something",
    "suppliers/<path:key>/": "there is none; as above",
    "suppliers/<path:key>/remove/": "there is none; as above",
    "suppliers/<path:key>/rename/": "there is none; as above",
    "sources/authority.pem": "a certificate",
}
"""What answers with something else than a page, and why; everything else has to be one."""

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}
NAMED = {"a", "button", "caption", "h1", "h2", "h3", "label", "legend", "option", "summary", "th", "title"}


class _Page(HTMLParser):
    """Notes the headings, and each element that should say something and says nothing."""

    def __init__(self):
        super().__init__()
        self.faults, self.headings, self._open = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        for name in ("href", "action", "for", "name", "id"):
            if name in given and not given[name] and tag != "option":
                self.faults.append(f"<{tag} {name}> is empty")
        if tag not in VOID:
            self._open.append([tag, given.get("aria-label", "")])

    def handle_data(self, data):
        for element in self._open:
            element[1] += data

    def handle_endtag(self, tag):
        while self._open and tag not in VOID:
            name, text = self._open.pop()
            if name in NAMED and not text.strip():
                self.faults.append(f"<{name}> says nothing")
            if name == "h1":
                self.headings.append(text.strip())
            if name == tag:
                return


def _whole_node(client):
    """Somebody who may open every page, and has just confirmed that it is they."""
    user = PostFactory(role=ADMINISTRATOR.key, organisation=None).user
    for role in (AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD):
        PostFactory(role=role.key, organisation=None, user=user)
    client.force_login(user)
    client.post("/account/confirm/password/", {"password": PASSWORD})
    return user


def _stranger(_client):
    return UserFactory()


def _half_signed_in(client):
    """Somebody whose password was right, and who is asked for the second step."""
    user = UserFactory()
    client.post("/account/sign-in/", {"login": user.email, "password": PASSWORD})
    return user


def _new(client):
    """Somebody who has yet to set up a second step."""
    user = UserFactory(second_step=False, enrol_by=timezone.now() + timedelta(hours=1))
    client.force_login(user)
    client.post("/account/confirm/password/", {"password": PASSWORD})
    return user


READERS = {
    "account/authenticator-app/add/": _new,
    "account/link/<str:secret>/": _stranger,
    "account/second-step/": _half_signed_in,
    "account/sign-in/": _stranger,
}
"""Who sees a page that leads everyone else away; all others are looked at by someone who may do everything."""


def _address(page, world):
    if "<str:secret>" in page.pattern:
        return links.make(UserFactory(), Link.Purpose.INVITATION, maker="Test", at=timezone.now()).path
    return _fill(page.address, world)


@pytest.mark.usefixtures("_settings")
@pytest.mark.parametrize(
    "page", [page for page in LOOKED_AT if page.pattern not in NO_PAGE], ids=lambda page: page.pattern
)
def test_every_page_is_whole(client, page):
    reader = READERS.get(page.pattern, _whole_node)(client)
    world = asdict(_build(OrganisationFactory(name="Inside Trust")))
    hunt = SavedHunt.objects.create(title="Mine", sql="SELECT 1", owner=reader, saved_at=timezone.now())
    response = client.get(_address(page, {**world, "hunt": hunt.pk, "look_back": LookBackFactory(by=reader).pk}))
    text = response.content.decode()
    parsed = _Page()
    parsed.feed(text)

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert parsed.faults == []
    assert len(parsed.headings) == 1
    assert not re.search(r">\s*(undefined|\{\{)| object at 0x", text)


def test_nothing_is_left_out_that_is_not_there():
    assert {*NO_PAGE, *READERS} <= {page.pattern for page in LOOKED_AT}
