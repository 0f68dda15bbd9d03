"""STIX objects for tests: the least that each type must say, all of it dull."""

import json
from uuid import UUID, uuid5

SPACE = UUID("d3b07384-d9a0-4c1e-9a3b-6c1f2a4e5b60")
EARLY, LATE = "2026-03-01T09:00:00.000Z", "2026-03-02T09:00:00.000Z"


def an_id(type_, name=""):
    return f"{type_}--{uuid5(SPACE, type_ + str(name))}"


LEAST = {
    "attack-pattern": {"name": "Guessing passwords"},
    "campaign": {"name": "Winter"},
    "course-of-action": {"name": "Close the door"},
    "grouping": {"context": "suspicious-activity", "object_refs": [an_id("campaign")]},
    "identity": {"name": "A ward", "identity_class": "organization"},
    "incident": {"name": "Monday"},
    "indicator": {
        "pattern": "[ipv4-addr:value = '198.51.100.7']", "pattern_type": "stix", "valid_from": EARLY,
    },
    "infrastructure": {"name": "A server"},
    "intrusion-set": {"name": "Somebody"},
    "location": {"country": "gb"},
    "malware": {"is_family": False},
    "malware-analysis": {"product": "scanner", "result": "malicious"},
    "note": {"content": "Seen on Monday", "object_refs": [an_id("campaign")]},
    "observed-data": {
        "first_observed": EARLY, "last_observed": LATE, "number_observed": 3, "object_refs": [an_id("url")],
    },
    "opinion": {"opinion": "agree", "object_refs": [an_id("campaign")]},
    "report": {"name": "Monday", "published": EARLY, "object_refs": [an_id("campaign")]},
    "threat-actor": {"name": "Somebody"},
    "tool": {"name": "A tool"},
    "vulnerability": {"name": "CVE-2026-0001"},
    "relationship": {
        "relationship_type": "indicates", "source_ref": an_id("indicator"), "target_ref": an_id("malware"),
    },
    "sighting": {"sighting_of_ref": an_id("indicator")},
    "marking-definition": {"definition_type": "statement", "definition": {"statement": "Made up"}},
    "language-content": {"object_ref": an_id("campaign"), "contents": {"cy": {"name": "Gaeaf"}}},
    "extension-definition": {
        "name": "Wards", "schema": "https://example.invalid/schema.json", "version": "1.0.0",
        "extension_types": ["property-extension"], "created_by_ref": an_id("identity"),
    },
    "artifact": {"payload_bin": "AAAA", "mime_type": "application/zip"},
    "autonomous-system": {"number": 64496},
    "directory": {"path": "C:\\Windows"},
    "domain-name": {"value": "evil.example"},
    "email-addr": {"value": "jo@evil.example"},
    "email-message": {"is_multipart": False},
    "file": {"name": "invoice.exe"},
    "ipv4-addr": {"value": "198.51.100.7"},
    "ipv6-addr": {"value": "2001:db8::1"},
    "mac-addr": {"value": "d2:fb:49:24:37:18"},
    "mutex": {"name": "__CLEANSWEEP__"},
    "network-traffic": {"protocols": ["tcp"], "src_ref": an_id("ipv4-addr")},
    "process": {"command_line": "cmd.exe"},
    "software": {"name": "Word"},
    "url": {"value": "https://evil.example/"},
    "user-account": {"account_login": "jo"},
    "windows-registry-key": {"key": "HKEY_LOCAL_MACHINE\\Software\\Evil"},
    "x509-certificate": {"serial_number": "36:f7:d4"},
}  # fmt: skip
OBSERVABLES = list(LEAST)[24:]
UNVERSIONED = {"marking-definition", *OBSERVABLES}


def an_object(type_="indicator", which="", /, **more):
    """An object of STIX 2.1, sound unless `more` spoils it; a property that is None is left out."""
    times = {} if type_ in OBSERVABLES else {"created": EARLY}
    times |= {} if type_ in UNVERSIONED else {"modified": EARLY}
    content = {"type": type_, "spec_version": "2.1", "id": an_id(type_, which), **times, **LEAST.get(type_, {}), **more}
    return {name: value for name, value in content.items() if value is not None}


def raw_of(content):
    return json.dumps(content, ensure_ascii=False).encode()


def a_bundle(*raws, **more):
    """A bundle with these objects, each as bytes or as what it says."""
    objects = b", ".join(one if isinstance(one, bytes) else raw_of(one) for one in raws)
    outside = raw_of({"type": "bundle", "id": an_id("bundle"), **more})
    return outside[:-1] + b', "objects": [' + objects + b"]}"
