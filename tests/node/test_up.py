import asyncio
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, replace

import pytest

from watchward.base.errors import BadSetupError
from watchward.node import processes, up
from watchward.node.config import load
from watchward.node.processes import Process


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_first_start_makes_a_private_home_that_remembers_that_it_is_an_exercise(tmp_path):
    home = tmp_path / "home"

    up.open_home(home, exercise=True)

    assert load(home).exercise
    assert home.stat().st_mode & 0o777 == 0o700


def test_an_exercise_home_stays_one_when_started_without_the_word(tmp_path):
    up.open_home(tmp_path / "home", exercise=True)

    assert up.open_home(tmp_path / "home", exercise=False).exercise


def test_an_exercise_on_the_home_of_a_real_node_is_refused(tmp_path):
    up.open_home(tmp_path / "home", exercise=False)

    with pytest.raises(BadSetupError, match="home of a real node"):
        up.open_home(tmp_path / "home", exercise=True)


def test_a_second_node_on_one_home_is_refused(tmp_path):
    home = up.open_home(tmp_path / "home", exercise=False).layout

    with up.sole_use(home), pytest.raises(BadSetupError, match="Another node is running"), up.sole_use(home):
        pass


def test_a_port_that_something_else_holds_is_named_with_its_setting(tmp_path, taken_port):
    config = up.open_home(tmp_path / "home", exercise=False).model_copy(update={"gateway_port": taken_port})

    with pytest.raises(BadSetupError, match="gateway_port"):
        up.check_ports(config)


def test_a_gateway_serves_when_it_accepts_connections(tmp_path, taken_port):
    config = up.open_home(tmp_path / "home", exercise=False).model_copy(update={"gateway_port": taken_port})

    assert asyncio.run(up.node_of(config).gateways[0].serves())


@pytest.mark.parametrize(("answer", "serves"), [(b"HTTP/1.1 200 OK\r\n", True), (b"HTTP/1.1 500 No\r\n", False)])
def test_the_console_serves_when_it_answers_with_a_page(tmp_path, answer, serves):
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def scenario() -> bool:
        async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return await up.node_of(config.model_copy(update={"web_port": port})).web.serves()

    config = up.open_home(tmp_path / "home", exercise=True)

    assert asyncio.run(scenario()) is serves


def test_a_console_that_does_not_listen_yet_does_not_serve(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=True).model_copy(update={"web_port": 1})

    assert not asyncio.run(up.node_of(config).web.serves())


def test_each_gateway_is_a_process_of_its_own(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False).model_copy(update={"gateways": 3})

    names = [process.name for process in up.node_of(config).processes]

    assert names == ["gateway-1", "gateway-2", "gateway-3", "web", "projector", "worker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Process):
    """A process that runs a few lines of Python instead of a command of ours."""

    @property
    def command(self):
        return [sys.executable, "-c", *self.arguments]


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


def a_node(*, serves=yes, gateway="import time; time.sleep(60)") -> up.Node:
    sleeps = "import time; time.sleep(60)"
    return up.Node(
        gateways=(Script(name="gateway-1", arguments=(gateway,), serves=serves),),
        web=Script(name="web", arguments=(sleeps,), serves=yes),
        work=(Script(name="projector", arguments=(sleeps,)),),
    )


def keep_running(config, node, *, prepare=lambda: None, served=lambda: None):
    asyncio.run(up.keep_running(config, node, prepare=prepare, slow=lambda: None, served=served))


def ask_to_stop():
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_database_is_made_ready_while_the_gateway_loads_and_before_the_console_starts(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False)
    logs = config.layout.logs
    seen = []

    keep_running(
        config, a_node(), prepare=lambda: seen.extend(path.stem for path in logs.iterdir()), served=ask_to_stop
    )

    assert seen == ["gateway-1"]
    assert {path.stem for path in logs.iterdir()} >= {"gateway-1", "web"}


def test_a_node_that_cannot_make_its_database_ready_says_why(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False)

    def prepare() -> None:
        raise BadSetupError("The disk is full.", advice="Make room.")

    with pytest.raises(BadSetupError, match="disk is full"):
        keep_running(config, a_node(), prepare=prepare)


def test_a_node_can_be_stopped_while_its_database_is_made_ready(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False)
    never = threading.Event()

    def prepare() -> None:
        ask_to_stop()
        never.wait(60)

    served = []
    keep_running(config, a_node(), prepare=prepare, served=lambda: served.append(True))
    never.set()

    assert not served


def test_a_process_that_cannot_start_is_named_with_the_last_that_it_said(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.01)
    config = up.open_home(tmp_path / "home", exercise=False)

    with pytest.raises(BadSetupError, match=r"gateway-1 .*\n.*no room for the journal"):
        keep_running(config, a_node(serves=no, gateway="import sys; sys.exit('no room for the journal')"))


def test_the_link_process_starts_once_the_node_has_a_parent_and_ends_with_the_node(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False)
    link = up.node_of(config).later[1]
    started = tmp_path / "started"
    script = Script(
        name=link[0].name, arguments=(f"import time; open({str(started)!r}, 'w'); time.sleep(600)",), ends=link[0].ends
    )
    node = replace(a_node(), later=((script, link[1]),))

    def joins_then_stops() -> None:
        assert not started.exists()
        config.layout.parent.parent.mkdir(mode=0o700, exist_ok=True)
        config.layout.parent.write_text("https://nation.example:8443")
        threading.Thread(target=stop_when_started, daemon=True).start()

    def stop_when_started() -> None:
        while not started.exists():
            time.sleep(0.05)
        ask_to_stop()

    keep_running(config, node, served=joins_then_stops)

    assert link[0].arguments[:2] == ("serve", "link")
    assert started.exists()
