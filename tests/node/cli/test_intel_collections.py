"""`watchward intel` of what a node keeps: a collection is made, filled from files, and read by TAXII with a key."""

import json
import os
import subprocess
import sys

import pytest

RUN = [sys.executable, "-m", "watchward"]


@pytest.fixture
def watchward(tmp_path):
    """Run a command on a home of its own, as a person would."""
    home = tmp_path / "home"
    (tmp_path / "estate.py").write_text(
        "import sys\n"
        "from watchward.node.config import load\n"
        "from watchward.node.wiring import migrate, start_django\n"
        "from pathlib import Path\n"
        "config = load(Path(sys.argv[1])); config.layout.create(); config.layout.config.write_text('')\n"
        "start_django(config); migrate(config)\n"
        "from watchward.console.estate.models import Organisation\n"
        "Organisation.objects.create(code='QQ1', name='Invented Trust', kind='trust', path='/QQ1/')\n"
    )
    environment = {**os.environ, "WATCHWARD_HOME": str(home)}
    subprocess.run([sys.executable, tmp_path / "estate.py", str(home)], check=True, env=environment)  # noqa: S603

    def run(*arguments, code=0, beside=None):
        done = subprocess.run(  # noqa: S603 - our own command
            [*RUN, "intel", *arguments], check=False, capture_output=True, text=True, env=environment
        )
        assert done.returncode == code, done.stderr
        if beside is not None:
            beside.append(done.stderr)
        return done.stdout if code == 0 else done.stderr

    return run


def test_a_collection_is_made_filled_listed_and_opened_to_a_program(watchward, tmp_path):
    (tmp_path / "bad-hosts.txt").write_text("# names\nevil[.]example\n198.51.100.7\nward 7\n")
    identifier = watchward("collection", "Shared", "--organisation", "QQ1", "--alias", "shared").strip()

    first = json.loads(watchward("import", str(tmp_path / "bad-hosts.txt"), "--collection", "shared", "--json"))
    again = json.loads(watchward("import", str(tmp_path / "bad-hosts.txt"), "--collection", identifier, "--json"))
    listed = json.loads(watchward("list", "--json"))
    key = json.loads(watchward("key", "A firewall", "--organisation", "QQ1", "--read", "Shared", "--json"))

    assert (first["form"], first["new"], len(first["unread"])) == ("list", 2, 1)
    assert (again["new"], again["known"]) == (0, 2)
    assert (listed["collection"], listed["objects"]) == (identifier, 2)
    assert key["url"].endswith("/taxii2/")
    assert len(key["password"]) >= 43
    assert watchward("withdraw", key["user"]) == ""
    assert "no one collection" in watchward("import", str(tmp_path / "bad-hosts.txt"), "--collection", "x", code=2)


def test_what_is_kept_and_not_looked_for_is_told_with_why_and_nothing_else_is_in_the_way(watchward, tmp_path):
    (tmp_path / "list.txt").write_text("evil[.]example\nnhs.uk\n10.1.1.1\n")
    (tmp_path / "bad.json").write_text('{"type": "bundle", "objects": [{"type": "indi')
    watchward("collection", "Shared", "--organisation", "QQ1", "--alias", "shared")
    beside = []

    told = watchward("import", str(tmp_path / "list.txt"), "--collection", "shared", beside=beside)

    assert "3 new, 0 known already, 0 refused." in told
    assert "2 of the new are kept, and not looked for:" in told
    assert "Kept, and not looked for: 10.0.0.0/8 is for private use." in told
    assert beside == [""]
    assert "ends too early, at line 1" in watchward(
        "import", str(tmp_path / "bad.json"), "--collection", "shared", code=2
    )
