"""`watchward hunt-across`, as whoever runs a node types it."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("started")

RULE = """title: Loader
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: loader.exe}, condition: s}
"""


def test_whoever_runs_a_node_asks_and_sees_what_is_answered(watchward, tmp_path):
    rule = tmp_path / "loader.yml"
    rule.write_text(RULE)
    given = ("--title", "Has the loader run?", "--purpose", "Incident 12", "--json")

    asked = watchward("hunt-across", "ask", str(rule), *given)

    assert asked.returncode == 0, asked.stderr
    key = json.loads(asked.stdout)["id"]
    listed = [json.loads(line) for line in watchward("hunt-across", "list", "--json").stdout.splitlines()]
    assert [(one["id"], one["standing"]) for one in listed] == [(key, "Open")]
    shown = json.loads(watchward("hunt-across", "show", key, "--json").stdout)
    assert (shown["question"]["purpose"], shown["answers"], shown["more"]) == ("Incident 12", [], False)
    assert "0 of 0 answered" in watchward("hunt-across", "show", key).stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("ask", "x.txt", "--title", "T", "--purpose", "P"), "neither a rule nor a query"),
        (("ask", "x.sql", "--title", "T", "--purpose", "P"), "cannot be read"),
        (("show", "nothing"), "There is no question"),
        (("answer", "7", "allow"), "No organisation of this node has an answer 7"),
    ],
)
def test_what_cannot_be_done_says_why(watchward, given, said):
    done = watchward("hunt-across", *given)

    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
