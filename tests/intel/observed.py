"""Things that happened, each as an event of telemetry and as an independent matcher of STIX patterns sees it."""

# ruff: noqa: E501 - strategies stand on one line each

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st

from detect.builders import NOON
from intel.builders import an_id

HOSTS = ["198.51.100.7", "198.51.101.9", "203.0.113.5"]
NAMES = ["a.exe", "ab.exe", "b.dll", "x"]
FOLDERS = ["c:\\a.exe\\", "c:\\x\\y\\", "/x/", ""]
LINES = ["a.exe -x", "ab", "x'y\\z", "%_"]
DOMAINS = ["evil.example", "a.evil.example", "b.example"]
DIGESTS = {"MD5": ["a" * 32, "b" * 32], "SHA-256": ["a" * 64, "c" * 64]}


@dataclass(frozen=True)
class Happened:
    """One thing that happened, `at` so many seconds after noon."""

    event: dict
    objects: list = field(default_factory=list)
    at: int = 0

    def bundle(self, number):
        """It as a bundle with an observation."""
        time = (NOON + timedelta(seconds=self.at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        observed = {
            "type": "observed-data", "spec_version": "2.1", "id": an_id("observed-data", number), "created": time,
            "modified": time, "first_observed": time, "last_observed": time, "number_observed": 1,
            "object_refs": [one["id"] for one in self.objects],
        }  # fmt: skip
        return {"type": "bundle", "id": an_id("bundle", number), "objects": [observed, *self.objects]}


def an_observable(type_, which=0, **more):
    return {"type": type_, "id": an_id(type_, f"{which} {more}"), **more}


def a_process(folder, name, line):
    file = an_observable("file", name=name)
    process = an_observable("process", command_line=line, image_ref=file["id"])
    return Happened({"Image": folder + name, "CommandLine": line}, [process, file])


def a_connection(source, destination, port):
    ends = [an_observable("ipv4-addr", number, value=value) for number, value in enumerate((source, destination))]
    traffic = an_observable(
        "network-traffic", src_ref=ends[0]["id"], dst_ref=ends[1]["id"], dst_port=port, protocols=["tcp"]
    )
    event = {"SourceIp": source, "DestinationIp": destination, "DestinationPort": str(port)}
    return Happened(event, [traffic, *ends])


def a_file(folder, name, digests):
    event = {"TargetFilename": folder + name}
    if digests:
        event["Hashes"] = ",".join(f"{label.replace('-', '')}={value.upper()}" for label, value in digests.items())
    return Happened(event, [an_observable("file", name=name, **({"hashes": digests} if digests else {}))])


def a_query(name):
    return Happened({"QueryName": name}, [an_observable("domain-name", value=name)])


digests = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in DIGESTS.items()})
happened = st.one_of(
    st.builds(a_process, st.sampled_from(FOLDERS), st.sampled_from(NAMES), st.sampled_from(LINES)),
    st.builds(a_connection, st.sampled_from(HOSTS), st.sampled_from(HOSTS), st.sampled_from([80, 443, 8080])),
    st.builds(a_file, st.sampled_from(FOLDERS), st.sampled_from(NAMES), digests),
    st.builds(a_query, st.sampled_from(DOMAINS)),
)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def a_list(values):
    return st.lists(values.map(quoted), min_size=1, max_size=2).map(lambda several: f"({', '.join(several)})")


def comparisons(path, texts, likes, expressions):
    """Comparisons at a path: with texts exactly, with wildcards, with expressions."""
    exact = st.sampled_from(texts)
    operators = st.one_of(
        st.builds(lambda operator, value: f"{operator} {quoted(value)}", st.sampled_from(["=", "!=", "NOT =", "NOT !="]), exact),
        st.builds(lambda word, several: f"{word} {several}", st.sampled_from(["IN", "NOT IN"]), a_list(exact)),
        *(st.builds(lambda word, value: f"{word} {quoted(value)}", st.sampled_from([word, f"NOT {word}"]), st.sampled_from(pool))
          for word, pool in (("LIKE", likes), ("MATCHES", expressions)) if pool),
    )  # fmt: skip
    return operators.map(lambda rest: f"{path} {rest}")


NAME_LIKES = ["a%", "%.exe", "_", "a_.e%", "%b%", "x", "%.%"]
NAME_EXPRESSIONS = ["a", "^a", r"\.exe$", "^.$", "[^a]b?\\.", "^(a|b)+\\.", "x|l{2}$", "(?i)A\\."]
OF_PROCESSES = st.one_of(
    comparisons("process:image_ref.name", NAMES, NAME_LIKES, NAME_EXPRESSIONS),
    comparisons("process:command_line", LINES, ["a%", "%x%", "__", "%\\%", "%"], ["a", "^a.*x$", "'", r"\\z$", "^..$"]),
)
ports = st.builds(lambda operator, port: f"network-traffic:dst_port {operator} {port}",
                  st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "NOT <", "NOT ="]), st.sampled_from([80, 443, 500]))  # fmt: skip
networks = st.builds(lambda end, word, value: f"network-traffic:{end}_ref.value {word} '{value}'", st.sampled_from(["src", "dst"]),
                     st.sampled_from(["ISSUBSET", "NOT ISSUBSET"]), st.sampled_from(["198.51.0.0/16", "203.0.113.5/32", "198.51.100.0/24"]))  # fmt: skip
OF_CONNECTIONS = st.one_of(
    ports,
    networks,
    comparisons("network-traffic:dst_ref.value", HOSTS, ["198.51.%", "%.5"], [r"^198\.", "5$"]),
    comparisons("network-traffic:src_ref.value", HOSTS, [], []),
)
OF_FILES = st.one_of(
    comparisons("file:name", NAMES, NAME_LIKES, NAME_EXPRESSIONS),
    *(comparisons(f"file:hashes.'{name}'", values, [], []) for name, values in DIGESTS.items()),
)
OF_QUERIES = comparisons("domain-name:value", DOMAINS, ["%.evil.example", "b%"], [r"^(a\.)?evil", "e$"])
OF_ADDRESSES = comparisons("ipv4-addr:value", HOSTS, ["198.51.%"], ["5$"])


def joined(part):
    return st.recursive(
        part,
        lambda inner: st.builds(
            lambda word, parts: f" {word} ".join(f"({one})" for one in parts),
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        max_leaves=3,
    )


exist = st.sampled_from(
    ["process:command_line", "file:name", "file:hashes.MD5", "network-traffic:dst_port", "domain-name:value"]
)
tests = st.one_of(
    exist.map("EXISTS {}".format),  # by itself: the other matcher cannot join it
    joined(OF_PROCESSES),
    joined(OF_CONNECTIONS),
    joined(OF_FILES),
    OF_QUERIES,
    OF_ADDRESSES,
)
