"""Every page is whole: a misspelt variable renders as nothing, so what renders as nothing must not stand there."""

import re
from dataclasses import asdict
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from console.factories import PASSWORD, OrganisationFactory, PostFactory
from console.test_walk import _build, _fill, _settings  # noqa: F401 - a fixture that pytest finds by its name
from console.walk import PAGES
from watchward.access.roles import ADMINISTRATOR, AUDITOR, NATIONAL_ANALYST
from watchward.console.detect.models import SavedHunt

LOOKED_AT = [page for page in PAGES if page.method == "GET" and not page.address.startswith("/api/")]
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


@pytest.fixture
def reader(client):
    """Somebody who may open every page, and has just confirmed that it is they."""
    user = PostFactory(role=ADMINISTRATOR.key, organisation=None).user
    for role in (AUDITOR, NATIONAL_ANALYST):
        PostFactory(role=role.key, organisation=None, user=user)
    client.force_login(user)
    client.post("/account/confirm/password/", {"password": PASSWORD})
    return user


@pytest.mark.usefixtures("_settings")
@pytest.mark.parametrize("page", LOOKED_AT, ids=lambda page: page.pattern or "home")
def test_every_page_is_whole(client, reader, page):
    world = asdict(_build(OrganisationFactory(name="Inside Trust")))
    hunt = SavedHunt.objects.create(title="Mine", sql="SELECT 1", owner=reader, saved_at=timezone.now())
    response = client.get(_fill(page.address, {**world, "hunt": hunt.pk}))
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return
    text = response.content.decode()
    parsed = _Page()
    parsed.feed(text)

    assert parsed.faults == []
    assert len(parsed.headings) == 1
    assert not re.search(r">\s*(undefined|\{\{)| object at 0x", text)
