"""What a full disk, a damaged database, a bad path or a reader that goes away make of a command."""

import json
import os
import resource
import subprocess
import sys

import pytest

from watchward.node.cli import main

READ_ONLY = [
    ["estate", "list"],
    ["source", "list"],
    ["user", "list"],
    ["audit", "verify"],
    ["audit", "export"],
    ["hunt", "SELECT 1"],
    ["rules", "update", "--previous"],
    ["exercise", "run"],
    ["exercise", "score"],
    ["backup", "copy.tar"],
    ["user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "auditor"],
]


def _disk_is_full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize("arguments", READ_ONLY, ids=" ".join)
def test_a_mistyped_home_is_refused_and_not_made(arguments, tmp_path, capsys):
    assert main([*arguments, "--home", str(tmp_path / "mistyped")]) == 2

    assert "is not a node's home.\nName it with --home" in capsys.readouterr().err
    assert not (tmp_path / "mistyped").exists()


def test_a_node_whose_database_is_gone_is_not_given_an_empty_one(started, watchward):
    (started / "watchward.db").unlink()
    done = watchward("user", "list")

    assert (done.returncode, done.stdout) == (3, "")
    assert "watchward.db is not there.\n" in done.stderr
    assert not (started / "watchward.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "list"],
        ["user", "invite", "sam@watchward.example", "--name", "Sam", "--role", "auditor"],
        ["audit", "export"],
        ["backup", "copy.tar"],
    ],
    ids=" ".join,
)
def test_a_full_disk_ends_a_command_with_advice(arguments, started, watchward, tmp_path):
    done = watchward(*arguments, cwd=tmp_path, preexec_fn=_disk_is_full)

    assert done.returncode == 3
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert started.is_dir()


def test_with_a_full_disk_the_doctor_still_tells_of_everything_else(started, watchward):
    done = watchward("doctor", "--json", preexec_fn=_disk_is_full)
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}

    assert done.returncode == 3
    assert found["Database"]["advice"] == "Make room on the disk of the node's home."
    assert {"Disk", "Events", "Gateway", "Rules"} <= found.keys()
    assert started.is_dir()


def test_a_damaged_database_ends_a_command_with_advice(started, watchward):
    (started / "watchward.db").write_bytes(b"garbage " * 1_000)

    listed, looked = watchward("user", "list"), watchward("doctor")

    assert (listed.returncode, looked.returncode) == (3, 3)
    assert "The database cannot be used: file is not a database.\n" in listed.stderr
    assert "not well  Database: SQLite does not answer: file is not a database." in looked.stdout
    assert "restore a backup into a new one: watchward restore" in listed.stderr
    assert "well  Disk: " in looked.stdout


@pytest.mark.parametrize("home", ["a file", "/proc/no-node"])
def test_a_node_that_cannot_be_made_says_why(home, tmp_path, capsys):
    (tmp_path / "a file").touch()

    assert main(["up", "--home", str(tmp_path / home)]) == 3
    assert str(tmp_path / home) in capsys.readouterr().err


def test_a_backup_into_a_folder_that_is_not_there_is_refused(started, tmp_path, capsys):
    assert main(["backup", str(tmp_path / "nowhere" / "copy.tar"), "--home", str(started)]) == 3
    assert "No such file or directory.\nCheck the path" in capsys.readouterr().err


def test_garbage_in_place_of_a_certificate_is_refused_before_the_gateway_starts(started, tmp_path, capsys):
    (tmp_path / "site.pem").write_text("garbage")
    (started / "config.toml").write_text(f'tls_certificate = "{tmp_path}/site.pem"\ntls_key = "{tmp_path}/site.pem"\n')

    assert main(["serve", "gateway", "--home", str(started)]) == 3
    assert "Correct tls_certificate and tls_key in config.toml" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["rules", "list", "--json"], ["rules", "list"]], ids=" ".join)
def test_a_reader_that_goes_away_ends_a_command_quietly(arguments):
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "watchward", *arguments]
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    os.close(writes)

    assert (done.returncode, done.stderr) == (141, b"")


def test_an_answer_that_cannot_be_written_is_no_success():
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        command = [sys.executable, "-m", "watchward", "rules", "list", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command

    assert done.returncode == 3
    assert done.stderr == b"No space left on device.\nMake room on its disk, or use another one.\n"
