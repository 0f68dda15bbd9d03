"""Asks the TAXII server as a client would, without a socket: the same requests, answered in the test's own thread."""

import base64
import json
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

from watchward.base.clock import SystemClock
from watchward.console.taxii import server
from watchward.console.taxii.http import MEDIA_TYPE, Request


def basic(key_id, secret):
    return "Basic " + base64.b64encode(f"{key_id}:{secret}".encode()).decode()


class Asker:
    """A client with a key."""

    def __init__(self, key=None, *, clock=None):
        self.headers = {"accept": MEDIA_TYPE}
        if key:
            self.headers["authorization"] = basic(key.client.key_id, key.secret)
        self._clock = clock or SystemClock()

    def ask(self, method, address, *, body=b"", **headers):
        parts = urlsplit(address)
        query: dict[str, str] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent = {name: value for name, value in sent.items() if value is not None}
        request = Request(method=method, path=parts.path, query=query, headers=sent, body=body)
        answer = server.answer(request, clock=self._clock)
        said = json.loads(answer.body)
        return SimpleNamespace(status=answer.status, json=said, body=answer.body, headers=answer.headers)

    def get(self, address, **headers):
        return self.ask("GET", address, **headers)

    def post(self, address, body, **headers):
        return self.ask("POST", address, body=body, **{"content_type": MEDIA_TYPE, **headers})

    def delete(self, address, **headers):
        return self.ask("DELETE", address, **headers)
