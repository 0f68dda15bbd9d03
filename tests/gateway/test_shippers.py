"""What real senders do works unmodified: the official Python client, rsyslog, and a Winlogbeat's requests."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from elasticsearch import BadRequestError, Elasticsearch, helpers

from gateway.gateways import SECRET, an_event, key_of
from watchward.lake import hunt

OMELASTICSEARCH = Path("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so")


@pytest.fixture(params=["9", "8"])
def client(request, gateway):
    """The official client; as its version 8 it differs in the headers that it sends."""
    kind = f"application/vnd.elasticsearch+json; compatible-with={request.param}"
    with Elasticsearch(gateway.url, api_key=key_of("ZZ1"), ca_certs=str(gateway.authority)) as made:
        yield made.options(headers={"Accept": kind, "Content-Type": kind.replace("+json", "+x-ndjson")})


def stored(gateway, device):
    sql = f"SELECT count(*) FROM events WHERE device = '{device}'"  # noqa: S608 - the test's own
    return hunt.run(gateway.home.lake, sql, organisations=None).rows[0][0]


def actions(device, count):
    return [{"_op_type": "create", "_index": "logs", **an_event(number, device=device)} for number in range(count)]


def test_the_client_recognises_what_it_speaks_to(client):
    assert client.ping()
    assert client.info()["version"]["number"]
    assert client.cluster.health()["status"] == "green"


def test_its_bulk_helper_sends(client, gateway, request):
    device = request.node.name

    assert helpers.bulk(client, actions(device, 250), chunk_size=100) == (250, [])

    assert stored(gateway, device) == 250


def test_its_streaming_helper_tells_of_each_item(client):
    events = [*actions("streaming", 2), {"_index": "logs", "_source": "no object"}]

    outcomes = list(helpers.streaming_bulk(client, events, raise_on_error=False))

    assert [ok for ok, _ in outcomes] == [True, True, False]


def test_its_parallel_helper_sends(client, gateway, request):
    device = request.node.name

    outcomes = list(helpers.parallel_bulk(client, actions(device, 300), thread_count=2, chunk_size=50))

    assert all(ok for ok, _ in outcomes)
    assert stored(gateway, device) == 300


def test_its_single_document_calls_work(gateway):
    with Elasticsearch(gateway.url, basic_auth=("key-ZZ1", SECRET), ca_certs=str(gateway.authority)) as client:
        assert client.index(index="logs", document=an_event(1, device="single"))["result"] == "created"
        assert client.indices.create(index="logs-2")["acknowledged"]
        assert client.indices.refresh()["_shards"]["failed"] == 0
        with pytest.raises(BadRequestError, match="receives"):
            client.search(index="logs")


@pytest.mark.skipif(not OMELASTICSEARCH.exists(), reason="needs rsyslog-elasticsearch: make tools installs it")
def test_rsyslog_sends(gateway, tmp_path):
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
