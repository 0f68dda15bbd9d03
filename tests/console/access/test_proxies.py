"""Who is calling, where a proxy stands in front of the console."""

import asyncio
import re

import httpx
import pytest

from console.factories import UserFactory
from watchward.console.access.audit import AuditEvent
from watchward.console.access.models import AuditEntry
from watchward.node.config import Config
from watchward.node.web import web_server

PROXY, CALLER = "10.0.0.5", "192.0.2.44"


async def sign_in_wrongly(application, email, said):
    """Try a wrong password, through a connection that comes from the proxy's address."""
    transport = httpx.ASGITransport(application, client=(PROXY, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=said) as browser:
        page = (await browser.get("/account/sign-in/")).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        form = {"login": email, "password": "wrong", "csrfmiddlewaretoken": token}
        await browser.post("/account/sign-in/", data=form)


@pytest.mark.parametrize(
    ("trusted", "said", "recorded"),
    [
        ((), CALLER, PROXY),
        (("10.0.0.0/24",), CALLER, CALLER),
        (("10.9.9.9",), CALLER, PROXY),
        (("10.0.0.5",), f"203.0.113.1, {CALLER}", CALLER),
        (("10.0.0.5", "10.0.0.6"), f"{CALLER}, 10.0.0.6", CALLER),
        (("10.0.0.5",), "", PROXY),
    ],
)
def test_only_a_proxy_that_the_settings_name_may_say_who_is_calling(
    transactional_db,  # noqa: ARG001 - the application answers in another thread
    tmp_path,
    trusted,
    said,
    recorded,
):
    user = UserFactory()
    listener = web_server(Config(home=tmp_path, exercise=True, trusted_proxies=trusted))
    listener.load()

    asyncio.run(sign_in_wrongly(listener.loaded_app, user.email, {"X-Forwarded-For": said}))

    entry = AuditEntry.objects.get(event=AuditEvent.SESSION_REFUSED)
    assert f'"address":"{recorded}"' in entry.details.replace(" ", "")
