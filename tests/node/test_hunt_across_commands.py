"""`watchward hunt-across`, as whoever runs a node types it."""

import json
import os
import subprocess
import sys

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


EVIL = "\x1b[2J\x1b]0;owned\x07 [bold]no[/bold]"
STORED = f"""
import sys
from pathlib import Path
from watchward.node.config import load
from watchward.node.wiring import start_django
start_django(load(Path(sys.argv[1])))
from django.utils import timezone
from watchward.console.estate.models import Organisation
from watchward.console.hunts.models import Answer, Question
now, evil = timezone.now(), {EVIL!r}
place = Organisation.objects.create(code="XT1", name="T", kind="nhs_trust", path="/XT1/")
asked = Question.objects.create(asker=evil, node=evil, title=evil, purpose=evil, form="sql", text=evil,
    since=now, until=now, at=now, ends_at=now)
found = dict(columns=[evil], rows=[[evil]], sources=[[]])
answer = Answer.objects.create(question=asked, organisation=place, code="XT1", name=evil, reason=evil, found=found,
    state="counted", at=now)
print(asked.pk, answer.pk)
"""


def test_what_other_nodes_say_steers_no_terminal(watchward, started):
    stored = subprocess.run(  # noqa: S603 - our own lines
        [sys.executable, "-c", STORED, str(started)], capture_output=True, text=True, check=True
    )
    key, number = stored.stdout.split()

    wide, commands = {**os.environ, "COLUMNS": "400"}, (("list",), ("show", key), ("found", number))
    shown = [watchward("hunt-across", *given, env=wide).stdout for given in commands]

    for one in shown:
        assert "[bold]no[/bold]" in one
        assert not {"\x1b", "\x07"} & set(one)
