"""What real senders do works unmodified: the official Python client (8 and 9), rsyslog, and a Winlogbeat's requests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.gateways import SECRET, key_of
from watchward.lake import hunt

PROGRAM = Path(__file__).with_name("official_client.py")
OMELASTICSEARCH = Path("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so")


@pytest.fixture(params=["9", "8"])
def client(request, gateway):
    """Does a task with the official client of that version, in a process of its own, as both have one name."""
    older = Path(sys.prefix) / "elasticsearch-8"
    if request.param == "8" and not older.exists():
        pytest.skip("needs the older client: make unit installs it")

    def does(task, device="", key=""):
        given = [gateway.url, str(gateway.authority), key or key_of("ZZ1"), task, device]
        run = subprocess.run(  # noqa: S603 - a program of the tests
            [sys.executable, "-W", "error", "-P", str(PROGRAM), *given],
            env={**os.environ, "PYTHONPATH": str(older) if request.param == "8" else ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    does.version = request.param
    return does


def stored(gateway, device):
    sql = f"SELECT count(*) FROM events WHERE device = '{device}'"  # noqa: S608 - the test's own
    return hunt.run(gateway.home.lake, sql, organisations=None).rows[0][0]


def test_the_client_recognises_what_it_speaks_to(client):
    told = client("recognise")

    assert told["client"].startswith(f"{client.version}.")
    assert (told["ping"], told["health"], bool(told["version"])) == (True, "green", True)


def test_its_bulk_helper_sends(client, gateway, request):
    device = request.node.name

    assert client("bulk", device) == [250, []]

    assert stored(gateway, device) == 250


def test_its_streaming_helper_tells_of_each_item(client, request):
    assert client("streaming", request.node.name) == [True, True, False]


def test_its_parallel_helper_sends(client, gateway, request):
    device = request.node.name

    assert client("parallel", device) == [True] * 300

    assert stored(gateway, device) == 300


def test_its_single_document_calls_work_with_a_password(client, gateway, request):
    device = request.node.name
    told = client("single", device, key=f"key-ZZ1:{SECRET}")

    assert (told["index"], told["create"], told["made"], told["failed"]) == ("created", "created", True, 0)
    assert "receives" in told["refused"]
    assert stored(gateway, device) == 2


@pytest.mark.skipif(not OMELASTICSEARCH.exists(), reason="needs rsyslog-elasticsearch: make tools installs it")
def test_every_line_that_rsyslog_sends_arrives_once(gateway, tmp_path):
    (tmp_path / "in").mkdir()
    log_file = tmp_path / "in" / "app.log"
    log_file.write_text("".join(f"line {number} of rsyslog\n" for number in range(40)))
    config = tmp_path / "rsyslog.conf"
    config.write_text(f"""
global(workDirectory="{tmp_path}")
module(load="imfile")
module(load="omelasticsearch")
template(name="as-json" type="list" option.jsonf="on") {{
    property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="Hostname" name="hostname" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}}
input(type="imfile" file="{log_file}" tag="app")
action(type="omelasticsearch" server="127.0.0.1" serverport="{gateway.port}" usehttps="on"
       tls.cacert="{gateway.authority}" uid="key-ZZ1" pwd="{SECRET}" searchIndex="logs" searchType=""
       bulkmode="on" template="as-json" errorfile="{tmp_path}/errors")
""")
    rsyslogd = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
    assert rsyslogd is not None
    daemon = subprocess.Popen(  # noqa: S603 - the installed daemon, with a configuration of the test's own
        [rsyslogd, "-n", "-f", str(config), "-i", str(tmp_path / "pid")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        count = 0
        for _ in range(150):
            sql = "SELECT count(*) FROM events WHERE Message LIKE '%of rsyslog'"
            count = hunt.run(gateway.home.lake, sql, organisations=None, fields=("Message",)).rows[0][0]
            if count >= 40:
                break
            time.sleep(0.2)
    finally:
        daemon.send_signal(signal.SIGTERM)
        said = daemon.communicate(timeout=30)[0]
    assert count == 40, said
    assert not (tmp_path / "errors").exists()


def test_the_requests_of_a_winlogbeat_that_starts_all_work(sender):
    """As its versions 8 and 9 send them with the default setup: license, policy, template, data stream, pipeline."""
    name = "winlogbeat-9.4.0"
    assert sender.get("/").json()["version"]["number"]
    assert sender.get("/_license?human=false").json()["license"]["status"] == "active"
    assert sender.get("/_xpack").json()["features"]["ilm"]["enabled"]
    assert sender.get(f"/_ilm/policy/{name}").status_code == 404
    assert sender.put(f"/_ilm/policy/{name}", json={"policy": {"phases": {}}}).status_code == 200
    assert sender.head(f"/_index_template/{name}").status_code == 404
    assert sender.put(f"/_index_template/{name}", json={"index_patterns": [name]}).json()["acknowledged"]
    assert sender.get(f"/_data_stream/{name}").status_code == 404
    assert sender.put(f"/_data_stream/{name}").json()["acknowledged"]
    assert sender.get("/_nodes/ingest").json()["nodes"]
    assert sender.get(f"/_ingest/pipeline/{name}-security").status_code == 404
    assert sender.put(f"/_ingest/pipeline/{name}-security", json={"processors": []}).json()["acknowledged"]
    event = {
        "@timestamp": "2026-03-01T12:00:00.000Z",
        "agent": {"type": "winlogbeat", "version": "9.4.0"},
        "host": {"name": "ward-7"},
        "event": {"code": "1", "provider": "Microsoft-Windows-Sysmon", "kind": "event"},
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": "ward-7",
            "event_id": "1",
            "record_id": 7001,
            "event_data": {"Image": "C:\\Windows\\System32\\whoami.exe", "CommandLine": "whoami /all"},
        },
    }
    body = json.dumps({"create": {"_index": name}}) + "\n" + json.dumps(event) + "\n"
    path = "/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status"
    answer = sender.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.json() == {"took": answer.json()["took"], "errors": False, "items": [{"create": {"status": 201}}]}
