import json
import subprocess
import sys
from datetime import timedelta

from watchward.base.clock import HeldClock, SystemClock
from watchward.node.certificate import certificate_for
from watchward.node.config import Config


def _doctor(*arguments):
    command = [sys.executable, "-m", "watchward", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def test_doctor_tells_a_newcomer_how_to_begin(tmp_path):
    done = _doctor("--home", str(tmp_path / "none"))

    assert done.returncode == 0
    assert "is no node's home yet." in done.stdout
    assert "make up" in done.stdout
    assert not (tmp_path / "none").exists()


def test_doctor_says_what_is_wrong_with_a_node_that_does_not_run(tmp_path):
    (tmp_path / "config.toml").write_text("")
    tmp_path.chmod(0o755)
    done = _doctor("--home", str(tmp_path), "--json")
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}

    assert done.returncode == 3
    assert found["Privacy"]["advice"] == f"Run: chmod 700 {tmp_path}"
    assert found["Database"]["state"] == "bad"
    assert found["Gateway"]["state"] == "bad"


def test_doctor_warns_before_a_certificate_of_the_sites_own_ends(tmp_path):
    long_ago = HeldClock(at=SystemClock().now() - timedelta(days=390))
    made = certificate_for(Config(home=tmp_path / "elsewhere"), clock=long_ago)
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(f'tls_certificate = "{made.chain}"\ntls_key = "{made.key}"\n')
    done = _doctor("--home", str(home), "--json")
    found = {each["about"]: each for each in map(json.loads, done.stdout.splitlines())}

    assert found["Your certificate"]["state"] == "look"
    assert "takes it up within a minute" in found["Your certificate"]["advice"]
