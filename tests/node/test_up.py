import asyncio
import socket

import pytest

from watchward.base.errors import BadSetupError
from watchward.node import up
from watchward.node.config import load


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


def test_a_process_serves_when_it_accepts_connections(tmp_path, taken_port):
    config = up.open_home(tmp_path / "home", exercise=False).model_copy(update={"web_port": taken_port})
    web = next(process for process in up.node_processes(config) if process.name == "web")

    assert asyncio.run(web.serves())


def test_each_gateway_is_a_process_of_its_own(tmp_path):
    config = up.open_home(tmp_path / "home", exercise=False).model_copy(update={"gateways": 3})

    names = [process.name for process in up.node_processes(config)]

    assert names == ["web", "gateway-1", "gateway-2", "gateway-3", "projector", "worker"]
