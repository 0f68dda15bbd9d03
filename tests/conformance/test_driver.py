import json
import subprocess
import sys

import pytest

from conformance.suite import FOLDER, driver

ANY = next(case for case in driver.load() if case.id == "modifiers/text/startswith-beginning")
RULE = next(iter(ANY.wanted))


@pytest.fixture
def runner(tmp_path):
    started = []

    def start(code: str, patience: float = 20):
        path = tmp_path / "runner.py"
        path.write_text(f"import json, sys, time\nfor line in sys.stdin:\n    asked = json.loads(line)\n    {code}\n")
        started.append(driver.Runner(f"{sys.executable} {path}", patience))
        return started[-1]

    yield start
    for one in started:
        one.close()


def outcome_of(answer) -> str:
    return driver.judge(ANY, {"id": ANY.id, **answer}).outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"matches": {RULE: [0, 1, 2]}}, "agrees"),
        ({"matches": {RULE: [0, 1]}}, "disagrees"),
        ({"matches": {RULE: [0, 1, 2, 3]}}, "disagrees"),
        ({"matches": {}}, "disagrees"),
        ({"refused": "no"}, "refuses"),
        ({"unsupported": "no"}, "unsupported"),
        ({"failed": "no"}, "fails"),
    ],
)
def test_an_answer_is_judged_by_the_case(answer, outcome):
    assert outcome_of(answer) == outcome


def test_where_the_specification_permits_two_answers_either_is_right():
    case = next(one for one in driver.load() if one.id == "filters/filters/by-name")
    (rule,) = case.wanted

    told = [driver.judge(case, {"matches": {rule: found}}).outcome for found in ([0], [1], [0, 1])]

    assert told == ["agrees", "agrees", "disagrees"]


def test_a_runner_that_dies_is_started_again(runner):
    asked = runner("sys.exit(1) if asked['id'] == 'x' else print(json.dumps({'id': asked['id']}), flush=True)")
    dead = driver.Case(id="x", because="", cites=[], basis="", rules=[], events=[])

    assert "failed" in asked.ask(dead)
    assert asked.ask(ANY) == {"id": ANY.id}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("time.sleep(60)", "no answer"),
        ("print('{', flush=True)", "no JSON"),
        ("print(json.dumps({'id': 'other'}), flush=True)", "another case"),
    ],
)
def test_a_runner_that_breaks_the_protocol_has_failed(runner, code, words):
    assert words in runner(code, patience=1).ask(ANY)["failed"]


def test_an_engine_of_another_maker_is_run_from_the_command_line(tmp_path):
    pytest.importorskip("sigma.backends.sqlite")
    peer = f"{sys.executable} {FOLDER / 'runners' / 'pysigma_sqlite.py'}"
    verdicts = tmp_path / "verdicts.ndjson"
    told = ("--only", "conditions/of/*", "--only", "correlations/value-count/*", "--json", str(verdicts), "--quiet")

    done = subprocess.run(  # noqa: S603 - our own driver
        [sys.executable, FOLDER / "run.py", *told, f"sqlite={peer}"], capture_output=True, text=True, check=False
    )

    lines = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert (done.returncode, {line["outcome"] for line in lines}) == (0, {"agrees"}), done.stderr
    assert "| conditions | 25 | 25 |" in done.stdout
