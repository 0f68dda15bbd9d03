"""The controls, written for the server of lists to `keys/controls.json` after each change."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from watchward.base.files import put_whole, turn
from watchward.console.config import current
from watchward.console.controls.models import Control
from watchward.lists import controls

_KEY = "controls.key"


def transfer_key(control: Control) -> str:
    """The secret, in base64, that signs the zone transfers of a control."""
    told = f"tsig/{control.pk}/{control.key_edition}".encode()
    return base64.b64encode(hmac.digest(_node_key(current().keys), told, hashlib.sha256)).decode()


def write_controls() -> None:
    """Write the file for the server of lists, as the database stands now."""
    folder = current().keys
    with turn(folder / "controls.lock"):
        # Read in turn: of two writers, the later one must not bring back what the earlier one saw.
        rows = Control.objects.select_related("organisation").order_by("pk")
        put_whole(folder / "controls.json", controls.written(map(_as_read, rows)))


def write_controls_on_commit() -> None:
    """Write the file when the changes under way are stored: once, however many they are."""
    if not any(isinstance(call, _Awaited) and not call.done for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(_Awaited())


@dataclass(slots=True)
class _Awaited:
    """A writing that is waited for; `done` once it has begun."""

    done: bool = False

    def __call__(self) -> None:
        self.done = True
        write_controls()


def _as_read(row: Control) -> controls.Control:
    return controls.Control(
        id=row.pk,
        name=row.name,
        organisation=row.organisation.code,
        within=tuple(code for code in row.organisation.path.split("/") if code),
        digests=tuple(row.digests),
        tsig="" if row.unsigned else transfer_key(row),
        forms=tuple(row.forms),
        addresses=tuple(row.addresses),
        unsigned=row.unsigned,
        notify=tuple(row.notify),
        enabled=row.enabled,
    )


def _node_key(folder: Path) -> bytes:
    """The key of this node from which those of its controls are derived, made where there is none."""
    path = folder / _KEY
    if not path.exists():
        with turn(folder / f"{_KEY}.lock"):
            if not path.exists():
                put_whole(path, secrets.token_bytes(32))
    return path.read_bytes()
