import base64
import gzip
import itertools
import json

import httpx
import pytest

from gateway.gateways import SECRET, an_event, bulk_of
from gateway.sent import winlogbeat
from watchward.gateway.state import told
from watchward.lake import hunt, journal

numbers = itertools.count(1)


def some(count):
    return [an_event(next(numbers)) for _ in range(count)]


def send(sender, body, path="/_bulk", **headers):
    return sender.post(path, content=body, headers={"Content-Type": "application/x-ndjson", **headers})


def statuses(answer):
    return [next(iter(item.values()))["status"] for item in answer.json()["items"]]


def stored(gateway, where):
    sql = f"SELECT count(*) FROM events WHERE {where}"  # noqa: S608 - the test's own
    return hunt.run(gateway.home.lake, sql, organisations=None).rows[0][0]


def test_events_are_answered_one_by_one_and_are_on_disk_then(gateway, sender):
    answer = send(sender, bulk_of([an_event(next(numbers), CommandLine="kept.exe") for _ in range(3)]))

    assert (answer.status_code, answer.json()["errors"], statuses(answer)) == (200, False, [201, 201, 201])
    assert stored(gateway, "CommandLine = 'kept.exe' AND organisation = 'ZZ1'") == 3


def test_the_credential_says_whose_the_events_are_whatever_they_claim(gateway):
    event = an_event(next(numbers), organisation="ZZ1", CommandLine="claimed.exe")

    with gateway.client("ZZ2") as sender:
        send(sender, bulk_of([event]))

    assert stored(gateway, "CommandLine = 'claimed.exe' AND organisation = 'ZZ2'") == 1


def test_the_same_request_sent_again_keeps_nothing_twice_and_is_not_an_error(gateway, sender):
    alike = {"EventID": 1, "Hostname": "ward-1", "CommandLine": "twice.exe"}
    body = bulk_of([alike, alike])

    first, again = send(sender, body), send(sender, body)

    assert statuses(first) == statuses(again) == [201, 201]
    assert [i["create"]["_id"] for i in first.json()["items"]] == [i["create"]["_id"] for i in again.json()["items"]]
    assert stored(gateway, "CommandLine = 'twice.exe'") == 2


def test_equal_lines_stay_as_many_as_they_are_and_the_same_body_adds_none(gateway, sender):
    line = json.dumps({"host": "ward-2", "program": "cron", "message": "every minute the same"})
    body = f"{line}\n{line}\n{line}"

    first, again = (send(sender, body, path="/v1/events").json() for _ in range(2))

    assert (first["accepted"], first["duplicates"]) == (3, 0)
    assert (again["accepted"], again["duplicates"]) == (0, 3)
    assert stored(gateway, "Message = 'every minute the same'") == 3


def test_what_a_log_numbered_is_one_event_in_whatever_body_it_comes_and_equals_with_other_numbers_are_others(
    gateway, sender
):
    def numbered(record):
        event = winlogbeat("ward-3")
        event["winlog"] |= {"record_id": record, "event_data": {"CommandLine": "numbered.exe"}}
        return event

    send(sender, bulk_of([numbered(1), numbered(2), numbered(1)]))
    send(sender, bulk_of([numbered(2), numbered(3)]))

    assert stored(gateway, "CommandLine = 'numbered.exe'") == 3


@pytest.mark.parametrize(("action", "expected"), [("create", [409, 201]), ("index", [200, 201])])
def test_a_name_used_again_is_answered_as_elasticsearch_does(sender, action, expected):
    one, other = f"{action}-one", f"{action}-other"
    send(sender, bulk_of(some(1), action=action, names=[one]))

    answer = send(sender, bulk_of(some(2), action=action, names=[one, other]))

    assert statuses(answer) == expected


def test_a_bad_document_never_costs_the_others_theirs(sender):
    lines = ['{"create":{}}', "not json", '{"index":{}}', json.dumps(an_event(next(numbers)))]
    lines += ['{"delete":{"_id":"x"}}', '{"update":{"_id":"x"}}', '{"doc":{}}', '{"create":{}}', '{"a": 1}']

    answer = send(sender, "\n".join(lines), "/logs/_bulk")

    assert statuses(answer) == [400, 201, 400, 400, 201]
    assert answer.json()["items"][0]["create"]["error"]["reason"]
    assert answer.json()["items"][1]["index"]["_index"] == "logs"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"{}\n{}\n",
        b'{"explode":{}}\n{}\n',
        b"\x00\xff\n",
        b'{"index":{}}',
        b'{"index":{},"create":{}}\n{}\n',
    ],
)
def test_a_body_that_is_no_bulk_request_is_refused_with_a_reason(sender, body):
    answer = send(sender, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["reason"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "ApiKey",
        "ApiKey !!!",
        "Bearer x",
        "Basic " + base64.b64encode(b"key-ZZ1:wrong").decode(),
        "ApiKey " + base64.b64encode(b"key-ZZ9:" + SECRET.encode()).decode(),
    ],
)
def test_who_shows_no_good_key_is_told_so_and_nothing_else(sender, authorization):
    answer = sender.get("/", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]


def test_http_basic_does_as_well_as_an_api_key(sender):
    authorization = httpx.BasicAuth("key-ZZ1", SECRET)

    assert sender.get("/", auth=authorization).json()["version"]["number"]


def test_gzip_is_unpacked(sender):
    answer = send(sender, gzip.compress(bulk_of(some(2))), **{"Content-Encoding": "gzip"})

    assert statuses(answer) == [201, 201]


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"\n" * (101 << 20)), "gzip", 413),
        (gzip.compress(b"{}\n" * 100)[:-9], "gzip", 400),
        (b"no gzip", "gzip", 400),
        (gzip.compress(b"") * 100_000, "gzip", 413),
        (b"{}\n" * 600_000, "identity", 413),
        (b"x", "br", 415),
        (b"x" * (100 << 20) + b"x", "identity", 413),
    ],
    ids=["bomb", "cut short", "not gzip", "many members", "many lines", "unknown", "too large"],
)
def test_a_body_that_cannot_be_taken_is_refused_and_the_next_one_is_taken(sender, body, encoding, status):
    try:
        answer = send(sender, body, **{"Content-Encoding": encoding})
    except httpx.TransportError:
        assert status == 413  # a sender that goes on sending may find the connection closed
    else:
        assert answer.status_code == status
    assert statuses(send(sender, bulk_of(some(1)))) == [201]


def test_ndjson_is_counted_and_its_bad_lines_explained(sender):
    body = json.dumps(an_event(next(numbers))) + "\n\nnot json\n" + json.dumps(an_event(next(numbers)))

    first, again = send(sender, body, "/v1/events").json(), send(sender, body, "/v1/events").json()

    assert (first["accepted"], first["duplicates"], first["bad"]) == (2, 0, 1)
    assert first["reasons"][0]["line"] == 3
    assert (again["accepted"], again["duplicates"], again["bad"]) == (0, 2, 1)


def test_a_message_of_event_hubs_counts_as_the_records_that_it_wraps(gateway, sender):
    records = [
        {
            "category": "AdvancedHunting-DeviceProcessEvents",
            "properties": {
                "ActionType": "ProcessCreated",
                "DeviceId": "3f9a1c",
                "DeviceName": "ws-7.quorblemere.test",
                "ReportId": number,
                "FolderPath": "C:\\hub\\a.exe",
            },
        }
        for number in range(3)
    ]
    body = json.dumps({"records": records}).encode() + b"\n" + json.dumps(records[0]["properties"]).encode()
    answer = send(sender, body, "/v1/events").json()
    assert (answer["accepted"], answer["duplicates"], answer["bad"]) == (3, 1, 0)
    assert stored(gateway, "Image = 'C:\\hub\\a.exe' AND category = 'process_creation'") == 3
    entries = [entry for _, entry in journal.read(gateway.home.journal)]
    aliases = [one.aliases for entry in entries for one in entry.devices if one.name == "ws-7.quorblemere.test"]
    assert aliases == [{"fqdn": ["ws-7.quorblemere.test"], "defender_id": ["3f9a1c"]}]


def test_a_single_document_is_answered_as_one(sender):
    event = json.dumps(an_event(next(numbers)), indent=2)

    first = send(sender, event, "/logs/_create/only-1")
    again = send(sender, event, "/logs/_create/only-1")

    assert (first.status_code, first.json()["result"], again.status_code) == (201, "created", 409)


def test_beats_ask_for_a_short_answer_and_get_it(sender):
    answer = send(sender, bulk_of(some(1)), "/_bulk?filter_path=errors,items.*.error,items.*.status")

    assert answer.json()["items"] == [{"create": {"status": 201}}]


def test_health_needs_no_key_and_names_no_one(sender):
    answer = sender.get("/health", headers={"Authorization": ""})

    assert answer.json() == {"status": "ok"}


def test_a_gateway_tells_its_own_node_what_it_does(gateway, sender):
    send(sender, bulk_of(some(1)))

    assert told(gateway.home.journal)["g1"].rules > 100


def test_what_is_asked_and_is_not_receiving_gets_a_reason(sender):
    answer = sender.get("/logs/_search")

    assert answer.status_code == 400
    assert "receives" in answer.json()["error"]["reason"]


@pytest.mark.parametrize("version", ["8", "9"])
def test_the_answer_is_in_the_shape_of_the_clients_own_version(sender, version):
    kind = f"application/vnd.elasticsearch+json;compatible-with={version}"

    answer = sender.get("/", headers={"Accept": kind.replace(";", "; ")})

    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Elastic-Product"] == "Elasticsearch"


def test_what_a_shipper_puts_is_there_afterwards(sender):
    assert sender.head("/_index_template/winlogbeat-9").status_code == 404
    assert sender.put("/_index_template/winlogbeat-9", json={"index_patterns": ["x"]}).json()["acknowledged"]
    assert sender.head("/_index_template/winlogbeat-9").status_code == 200
