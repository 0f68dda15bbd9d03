"""Whole nodes in one process: each with its own database, keys and clock; one at a time is the present one."""

import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, connections, transaction

from console.link.kinds_of_tests import EVENT, STATE, event, state
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.console.config import current, use
from watchward.console.estate.models import Organisation
from watchward.console.link import client, kinds, server, telling
from watchward.console.link.http import refusal
from watchward.console.link.models import Peer
from watchward.console.link.telling import written
from watchward.console.messages import Answer, RefusedError
from watchward.estate.organisation import OrganisationKind
from watchward.link.stream import Envelope

_SCHEMA = """
CREATE TABLE IF NOT EXISTS test_holds (id TEXT, source TEXT, made_at TEXT, body BLOB, PRIMARY KEY (id, source));
CREATE TABLE IF NOT EXISTS test_happened (id TEXT, source TEXT);
"""
OWN = ""
MADE_AT = "2026-03-01T09:00:00+00:00"


def empty_database(folder):
    """A copy of the test database, to be copied for each node."""
    path = folder / "empty.db"
    name = str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name)) as tests, closing(sqlite3.connect(path)) as copy:
        tests.backup(copy)  # as it was before this test's transaction
    return path


@dataclass(eq=False)
class Node:
    """A node. Give `inside` around whatever is done on it."""

    name: str
    home: Path
    empty: Path
    clock: HeldClock
    relays: bool = False
    backups: list[Path] = field(default_factory=list)
    parent_at: "Node | None" = None

    def __post_init__(self):
        self.home.mkdir()
        shutil.copy(self.empty, self.database)
        with self.inside(), connection.cursor() as cursor:
            for statement in _SCHEMA.split(";"):
                cursor.execute(statement)

    @property
    def database(self):
        return self.home / "watchward.db"

    @contextmanager
    def inside(self):
        """Be on this node."""
        before_config, before_connection = current(), connections["default"]
        wrapper = connections.create_connection("default")
        wrapper.settings_dict = {**wrapper.settings_dict, "NAME": str(self.database)}
        before_kinds = dict(kinds._registered)
        connections["default"] = wrapper
        use(
            before_config.model_copy(
                update={
                    "home": self.home,
                    "keys": self.home / "keys",
                    "audit_export": self.home / "audit",
                    "public_url": f"https://{self.name}.example",
                }
            )
        )
        self.register()
        try:
            yield self
        finally:
            wrapper.close()
            connections["default"] = before_connection
            use(before_config)
            kinds._registered.clear()
            kinds._registered.update(before_kinds)

    def register(self):
        """The classes of data that this node knows."""
        kinds.register(state(take=self.take_state, holding=self.holding, drop=self.drop, withdraw=self.withdraw_state))
        kinds.register(event(take=self.take_event, withdraw=self.withdraw_events))

    def back_up(self):
        """Keep the home as it is now."""
        copy = self.home.with_name(f"{self.home.name}-backup-{len(self.backups)}")
        shutil.copytree(self.home, copy)
        self.backups.append(copy)

    def put_back(self, number):
        """Be again what it was."""
        shutil.rmtree(self.home)
        shutil.copytree(self.backups[number], self.home)

    # What its own domain does.

    def hold(self, key, says="x"):
        """Have something hold here, and tell everyone."""
        with self.inside(), transaction.atomic():
            self._put(key, OWN, f"{MADE_AT} {says}", written({"says": says}))
            self._tell_state(key, {"says": says}, but=None)

    def end(self, key):
        """Let something hold here no longer, and tell everyone."""
        with self.inside(), transaction.atomic():
            self._remove(key, OWN)
            self._tell_state(key, {"ended": True}, but=None)

    def happen(self, key):
        """Have something happen here, and tell everyone."""
        with self.inside(), transaction.atomic():
            _sql("INSERT INTO test_happened VALUES (%s, %s)", [key, OWN])
            telling.tell(EVENT, id=key, body={}, to=[*telling.children(), *telling.parent()], clock=self.clock)

    def holds(self):
        """All that holds, wherever it comes from."""
        with self.inside():
            return {(key, bytes(body)) for key, body in _sql("SELECT id, body FROM test_holds", [])}

    def happened(self):
        """All that happened, as often as it had its effect."""
        with self.inside():
            return sorted(key for (key,) in _sql("SELECT id FROM test_happened", []))

    def take_state(self, envelope, peer, _now):
        ended = envelope.body == written({"ended": True})
        if ended:
            self._remove(envelope.id, peer.node)
        else:
            self._put(envelope.id, peer.node, envelope.made_at, envelope.body)
        if self.relays:
            body = {"ended": True} if ended else {"says": _says(envelope.body)}
            self._tell_state(envelope.id, body, but=peer)

    def take_event(self, envelope, peer, _now):
        _sql("INSERT INTO test_happened VALUES (%s, %s)", [envelope.id, peer.node])
        if self.relays:
            to = [one for one in [*telling.children(), *telling.parent()] if one.pk != peer.pk]
            telling.tell(EVENT, id=envelope.id, body={}, to=to, clock=self.clock)

    def holding(self, peer):
        rows = _sql("SELECT id, made_at, body FROM test_holds WHERE source <> %s", [peer.node])
        for key, made_at, body in rows if self.relays else [row for row in rows if self._is_own(row[0])]:
            yield Envelope(kind=STATE, id=key, made_at=made_at, body=bytes(body))

    def _is_own(self, key):
        return bool(_sql("SELECT 1 FROM test_holds WHERE id = %s AND source = %s", [key, OWN]))

    def drop(self, peer, told):
        for (key,) in _sql("SELECT id FROM test_holds WHERE source = %s", [peer.node]):
            if key not in told:
                self._remove(key, peer.node)
                if self.relays:
                    self._tell_state(key, {"ended": True}, but=peer)

    def withdraw_state(self, peer):
        keys = [key for (key,) in _sql("SELECT id FROM test_holds WHERE source = %s", [peer.node])]
        for key in keys:
            self._remove(key, peer.node)
            self._tell_state(key, {"ended": True}, but=peer)
        return len(keys)

    def withdraw_events(self, peer):
        (count,) = _sql("SELECT count(*) FROM test_happened WHERE source = %s", [peer.node])[0]
        _sql("DELETE FROM test_happened WHERE source = %s", [peer.node])
        return count

    def _put(self, key, source, made_at, body):
        _sql("INSERT OR REPLACE INTO test_holds VALUES (%s, %s, %s, %s)", [key, source, made_at, body])

    def _remove(self, key, source):
        _sql("DELETE FROM test_holds WHERE id = %s AND source = %s", [key, source])

    def _tell_state(self, key, body, *, but):
        to = [one for one in [*telling.children(), *telling.parent()] if but is None or one.pk != but.pk]
        telling.tell(STATE, id=key, body=body, to=to, clock=self.clock)


def _says(body):
    return body.decode().split('"says":"')[1].rstrip('"}')


def _sql(statement, values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def answer(sent, *, clock):
    """What a node's web answers, without waiting."""
    try:
        match sent.path:
            case "/v1/join":
                return server.join(sent, clock=clock)
            case "/v1/up":
                return server.up(sent, clock=clock)
            case "/v1/key":
                return server.rotate(sent, clock=clock)
            case "/v1/down":
                question = server.ask(sent, clock=clock)
                return server.down(question, clock=clock) or server.nothing(question, clock=clock)
    except RefusedError as error:
        return refusal(error)
    except BadInputError as error:
        return refusal(RefusedError(400, error.message, advice=error.advice))


@dataclass
class Wire:
    """Carries messages to a node, perfectly."""

    to: Node
    carried: list = field(default_factory=list)

    def __call__(self, sent, *, seconds):  # noqa: ARG002 - a perfect wire needs no time
        self.carried.append(sent)
        with self.to.inside():
            return answer(sent, clock=self.to.clock)


def join(child, parent, *, peer=None):
    """Have a child join a parent."""
    from watchward.console.access.guard import Service  # noqa: PLC0415
    from watchward.console.link import actions  # noqa: PLC0415
    from watchward.link.code import read  # noqa: PLC0415

    by = Service(name="test")
    with parent.inside():
        where, _ = Organisation.objects.get_or_create(
            code=child.name[:20],
            defaults={"name": child.name, "kind": OrganisationKind.TRUST, "path": f"/{child.name}/"},
        )
        made = actions.invite(by=by, name=child.name, organisation=where, clock=parent.clock, peer=peer and again(peer))
    with child.inside():
        actions.join_parent(by=by, given=read(made.text), transport=Wire(parent), clock=child.clock)
    child.parent_at = parent
    return made.text


def again(peer):
    return Peer.objects.get(pk=peer)


def child_of(node, transport=None):
    """A node as the child of its parent; only inside it."""
    parent = Peer.objects.get(way=Peer.Way.PARENT, ended_at=None)
    return client.Child(parent=parent, transport=transport or Wire(node.parent_at), clock=node.clock)


def exchange(node, *, times=30, transport=None):
    """Speak until nothing is left to say."""
    with node.inside():
        child = child_of(node, transport)
    for _ in range(times):
        with node.inside():
            heard = child.listen(wait=0)
            said = child.say()
        if not (heard or said):
            return
    raise AssertionError("the two never come to an end")


__all__ = ["Answer", "Node", "Wire", "answer", "child_of", "empty_database", "exchange", "join"]
