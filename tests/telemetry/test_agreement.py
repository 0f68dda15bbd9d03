"""The fast decoder and the plain one agree on whatever a sender may send."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry.builders import an_origin
from watchward.telemetry import reference
from watchward.telemetry.batch import ENVELOPE
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Decoded
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.registry import Registry, table

DECODER = Decoder()
NARROW = Decoder(Registry.standard().only(["CommandLine", "Image", "TargetFilename", "a0"]))

NAMES = st.sampled_from(
    [
        "EventID", "Channel", "Hostname", "Computer", "host", "name", "CommandLine", "Image", "winlog", "event_data",
        "event", "code", "System", "EventData", "Event", "Data", "#text", "#attributes", "@timestamp", "TimeCreated",
        "RecordNumber", "record_id", "targetResources", "displayName", "requestParameters", "Message", "message",
        "NewProcessName", "category", "Workload", "properties", "a.b", "", "ü", "tags", "event_id", "channel",
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=0, max_value=99_999),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.text(alphabet='"\\/\n\t\x00\x1eé😀abc', max_size=70),
    st.sampled_from(
        [
            "4688",
            "1",
            "Security",
            "Microsoft-Windows-Sysmon/Operational",
            "2026-03-01T10:00:00Z",
            "C:\\a\\b.exe",
            "-",
            "",
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=8)


def comparable(found: Decoded) -> list[dict[str, object]]:
    """The events with `unmapped` as values, so that neither order nor spelling of JSON counts."""
    events = []
    for row in found.batch.to_pylist():
        event = {name: value for name, value in row.items() if value is not None}
        if "unmapped" in event:
            event["unmapped"] = json.loads(event["unmapped"])
        events.append(event)
    return events


def assert_both_agree(body: bytes, decoder: Decoder = DECODER) -> None:
    fast = decoder.decode_ndjson(body, an_origin())
    plain = reference.decode_ndjson(body, decoder.registry, an_origin())
    fast.batch.validate(full=True)
    assert comparable(fast) == comparable(plain)
    assert fast.positions.tolist() == plain.positions.tolist()
    assert fast.numbers.tolist() == plain.numbers.tolist()
    assert fast.bad == plain.bad
    assert fast.notes == plain.notes


@settings(max_examples=120, deadline=None)
@given(st.lists(DOCUMENTS, max_size=5), st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r: ")]))
@example([{"host": "a", "Hostname": "b"}, {"host": {"name": "c"}, "Computer": "d", "Hostname": "e"}], True, (",", ":"))  # noqa: FBT003 - see the test
def test_fast_and_plain_decoding_agree_on_documents(documents, ascii_only, separators):
    lines = [json.dumps(one, ensure_ascii=ascii_only, separators=separators) for one in documents]
    assert_both_agree("\n".join(lines).encode("utf-8", "replace"))


@settings(max_examples=120, deadline=None)
@given(
    DOCUMENTS,
    st.lists(st.tuples(st.integers(min_value=0, max_value=400), st.binary(max_size=3)), min_size=1, max_size=4),
)
def test_fast_and_plain_decoding_agree_on_damaged_lines(document, damages):
    line = bytearray(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    for place, what in damages:
        at = min(place, len(line))
        line[at : at + 1] = what
    assert_both_agree(b'{"EventID": 1}\n' + bytes(line) + b'\n{"EventID": 2}')


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_fast_and_plain_decoding_agree_on_anything(body):
    assert_both_agree(body)


AUDIT_TEXTS = st.one_of(st.sampled_from(['"/bin/sh"', "2F62696E", "(null)", "yes", "CREATE", "'"]), st.text(max_size=9))
AUDIT_LINES = st.builds(
    lambda kind, serial, fields: f"type={kind} msg=audit(1772366398.125:{serial}): " + " ".join(map("=".join, fields)),
    st.sampled_from(["SYSCALL", "EXECVE", "CWD", "PATH", "USER_CMD", "x"]),
    st.integers(min_value=0, max_value=2),
    st.lists(
        st.tuples(
            st.sampled_from(["a0", "a1[0]", "a1[1]", "exe", "cwd", "name", "nametype", "msg", "arch"]), AUDIT_TEXTS
        )
    ),
)
SYSLOG_LINES = st.sampled_from(
    [
        "Mar  1 10:00:00 h sshd[12]: x",
        "2026-03-01T10:00:00.1+00:00 h sudo: y",
        "Mar  1 10:00:00 h sudo: a : TTY=pts/0 ; USER=root ; COMMAND=/bin/x ; USER=y",
        " a : TTY=pts/0 ; USER=root ; COMMAND=/bin/x",
        "",
        "z",
    ]
)
LINUX = st.fixed_dictionaries(
    {"message": st.one_of(AUDIT_LINES, SYSLOG_LINES, SCALARS)},
    optional={
        "log.file.path": st.sampled_from(["/var/log/audit/audit.log", "/var/log/secure", "/var/log/x"]),
        "event.dataset": st.sampled_from(["auditd.log", "system.auth", "system.syslog", "other"]),
        "program": st.sampled_from(["audispd", "sshd", "sudo"]),
        "host": st.sampled_from(["a", "b"]),
        "exe": st.just("/own"),
        "auditd": st.just({"message_type": "syscall", "data": {"a0": "7f"}, "paths": [{"name": "/etc/shadow"}]}),
        "process.args": st.lists(st.text(max_size=3), max_size=3),
        "event": st.sampled_from([{"module": "auditd", "action": "executed"}, {"module": "auditd"}]),
    },
)


@settings(max_examples=120, deadline=None)
@given(st.lists(LINUX, max_size=8), st.sampled_from([DECODER, NARROW]))
def test_fast_and_plain_decoding_agree_on_lines_of_linux_logs(documents, decoder):
    lines = [json.dumps(one, ensure_ascii=False) for one in documents]
    assert_both_agree("\n".join(lines).encode("utf-8", "replace"), decoder)


ACTIONS = st.sampled_from(
    [
        "ProcessCreated", "RegistryValueSet", "RegistryKeyRenamed", "InboundConnectionAccepted", "ConnectionSuccess",
        "LogonSuccess", "ServiceInstalled", "NamedPipeEvent", "UserAccountAddedToLocalGroup", "FileRenamed", "Other",
    ]
)  # fmt: skip
WORDS = st.one_of(SCALARS, st.sampled_from(["/bin/sh", "C:\\a.exe", "a.exe", "HKEY_USERS\\a", "Dword", "4", "Network"]))
COLUMNS = sorted(
    {row["column"] for row in table("defender_columns")}
    - {"Timestamp", "ActionType", "AdditionalFields", "DeviceId", "ReportId"}
)
DEFENDER = st.builds(
    lambda row, streamed, name: {"category": f"AdvancedHunting-{name}", "properties": row} if streamed else row,
    st.fixed_dictionaries(
        {"ActionType": ACTIONS, "DeviceId": st.sampled_from(["1", "2"])},
        optional={
            **dict.fromkeys(COLUMNS, WORDS),
            "Timestamp": st.just("2026-03-01T10:00:00.1234567Z"),
            "ReportId": st.integers(),
            "AdditionalFields": st.sampled_from(
                ['{"PipeName":"a","ServiceAccount":"b"}', {"GroupName": "c", "x": [1]}, "[]", "{", None]
            ),
        },
    ),
    st.booleans(),
    st.sampled_from(["DeviceEvents", "CloudAppEvents", "AlertEvidence"]),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(DEFENDER, max_size=6), st.sampled_from([DECODER, NARROW]))
def test_fast_and_plain_decoding_agree_on_rows_of_defender(documents, decoder):
    assert_both_agree("\n".join(map(json.dumps, documents)).encode(), decoder)


HASHES = st.lists(st.fixed_dictionaries({"algorithm_id": st.integers(1, 5), "value": WORDS}), max_size=2)
PROCESS = st.fixed_dictionaries(
    {},
    optional={
        "cmd_line": WORDS,
        "file": st.fixed_dictionaries({"path": WORDS}, optional={"hashes": HASHES}),
        "user": st.fixed_dictionaries({"name": WORDS}, optional={"domain": WORDS}),
    },
)
OCSF = st.fixed_dictionaries(
    {"class_uid": st.sampled_from([1007, 201002, 3002, 4001, 2004]), "activity_id": st.integers(1, 4)},
    optional={
        "process": PROCESS,
        "actor": st.fixed_dictionaries({}, optional={"process": PROCESS}),
        "device": st.sampled_from(
            [{"hostname": "a", "os": {"type_id": 100}}, {"os": {"type": "Linux"}}, {"name": "b"}]
        ),
        "status_id": st.integers(0, 2),
        "reg_value": st.fixed_dictionaries({"path": WORDS, "name": WORDS, "data": WORDS, "type": WORDS}),
        "unmapped": st.sampled_from([{"Channel": "Security", "EventID": 4688, "NewProcessName": "a"}, {"x": 1}]),
        "time": st.just(1772438400000),
    },
)


@settings(max_examples=120, deadline=None)
@given(st.lists(OCSF, max_size=6), st.sampled_from([DECODER, NARROW]))
@example([{"class_uid": 1007, "activity_id": 1, "process": {"file": {"path": ""}}}], DECODER)
def test_fast_and_plain_decoding_agree_on_events_of_ocsf(documents, decoder):
    assert_both_agree("\n".join(map(json.dumps, documents)).encode(), decoder)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(NAMES, SCALARS), max_size=8))
@example([("RecordNumber", 0), ("RecordNumber", False)])
def test_fast_and_plain_decoding_agree_where_names_repeat(members):
    text = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members)
    assert_both_agree(f"{{{text}}}".encode("utf-8", "replace"))


def test_a_narrow_registry_gives_the_same_values_for_its_fields():
    decoder = Decoder(Registry.standard().only(["CommandLine", "Image"]), unmapped=False)
    body = b'{"Channel":"Security","EventID":4688,"NewProcessName":"a","CommandLine":"b","Message":"c","x":1}'
    (event,) = comparable(decoder.decode_ndjson(body, an_origin()))
    assert (event["Image"], event["CommandLine"]) == ("a", "b")
    assert "Message" not in event
    assert "unmapped" not in event


ASKED = {
    "security": {"Image", "LogonType", "Message"},
    "system": {"AccountName", "EventID"},
    "sysmon": {"Image", "Data"},
    "auditd": {"exe", "a0", "type"},
}


def asked_fields(source: LogSource) -> set[str]:
    return ASKED.get(source.service or "", {"Message", "tags"})


WHOLE, ASKING = (Decoder(unmapped=False, ask=ask) for ask in (None, asked_fields))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.one_of(DOCUMENTS, LINUX, DEFENDER), max_size=5), st.binary(max_size=4))
@example([{"winlog": {"event_data": {"CommandLine": "a"}}, "CommandLine": ["b"], "Channel": "Security"}], b"")
def test_a_decoder_that_is_asked_for_some_fields_gives_these_as_one_that_gives_all(documents, damage):
    lines = [json.dumps(one).encode() for one in documents]
    body = b"\n".join([*lines, damage, *lines[:1]])
    whole, asking = WHOLE.decode_ndjson(body, an_origin()), ASKING.decode_ndjson(body, an_origin())
    asking.batch.validate(full=True)
    assert (asking.bad, asking.notes, asking.numbers.tolist()) == (whole.bad, whole.notes, whole.numbers.tolist())
    for given_all, given_some in zip(whole.batch.to_pylist(), asking.batch.to_pylist(), strict=True):
        source = LogSource(**{part: given_all[part] for part in ("product", "category", "service")})
        for name in (*ENVELOPE.names, *asked_fields(source)):
            assert given_some.get(name) == given_all.get(name)
