"""A mail server and a webhook receiver on this machine, which keep what they get."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from django.test import override_settings

from watchward.console.config import ConsoleConfig, current, use


class _Inbox:
    """Keeps every mail."""

    def __init__(self):
        self.mails = []
        self.refuse = False

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        if self.refuse:
            return "451 try again later"
        self.mails.append(envelope)
        return "250 kept"


@pytest.fixture
def configured():
    """Change the console's configuration for one test."""
    before = current()

    def change(**settings):
        use(ConsoleConfig(**{**current().model_dump(), **settings}))

    yield change
    use(before)


@pytest.fixture
def mail_server(configured):
    """A real mail server, to which the node sends."""
    inbox = _Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    configured(smtp_url=f"smtp://127.0.0.1:{port}")
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port
    ):
        yield inbox
    controller.stop()


class _Receiver(ThreadingHTTPServer):
    """Keeps every request; answers with `status`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.status = [], 200


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        """Nothing: the test looks at what was kept."""


@pytest.fixture
def receiver(configured):
    """A real web server within the site, which the configuration allows."""
    server = _Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    configured(webhook_hosts=("127.0.0.1",))
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    server.json = lambda: [json.loads(body) for _, _, body in server.requests]
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
