"""What an Elasticsearch answers, as far as those who send events ask it.

Only the shapes of requests and answers are Elasticsearch's; what is behind them is this node.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import msgspec

from watchward.gateway.bulk import KEPT, Action, Bulk
from watchward.gateway.delivery import Receipt

NUMBER = "9.4.0"
"""The version that clients are told: those that check want one that is not older than they are."""

_BRIEF = frozenset({"errors", "items.*.error", "items.*.status", "items.*.error.*", "items.*.error.type"})


def about(node: str) -> Mapping[str, object]:
    """The answer to `GET /`."""
    return {
        "name": node,
        "cluster_name": "watchward",
        "cluster_uuid": "watchward",
        "version": {
            "number": NUMBER,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": "0" * 40,
            "build_date": "2026-01-01T00:00:00.000Z",
            "build_snapshot": False,
            "lucene_version": "10.3.0",
            "minimum_wire_compatibility_version": "8.19.0",
            "minimum_index_compatibility_version": "8.0.0",
        },
        "tagline": "You Know, for Search",  # clients before 7.14.1 look for exactly this
    }


def error(status: int, kind: str, reason: str) -> bytes:
    """An error that is about the whole request."""
    cause = {"type": kind, "reason": reason}
    return msgspec.json.encode({"error": {"root_cause": [cause], **cause}, "status": status})


def bulk_answer(bulk: Bulk, receipt: Receipt, *, milliseconds: int, query: str) -> bytes:
    """What became of each item, in the request's order."""
    errors, items = _items(bulk, receipt, brief=_wants_little(query))
    head = b'{"took":%d,"errors":%b,"items":[' % (milliseconds, b"true" if errors else b"false")
    return head + b",".join(items) + b"]}"


def _wants_little(query: str) -> bool:
    """Whether the request asks (as Beats do) only which items failed and why."""
    wanted = parse_qs(query).get("filter_path", [""])[0].split(",")
    return bool(wanted[0]) and set(wanted) <= _BRIEF


def _items(bulk: Bulk, receipt: Receipt, *, brief: bool) -> tuple[bool, list[bytes]]:
    errors = False
    items: list[bytes] = []
    position = 0
    new, heads = receipt.new.tolist(), _Heads()
    for action in bulk.actions:
        if action.operation not in KEPT:
            reason = "events are kept as they came: they are neither updated nor deleted"
            items.append(_failed(action, 400, "illegal_argument_exception", reason))
            errors = True
            continue
        if position in receipt.bad:
            items.append(_failed(action, 400, "document_parsing_exception", receipt.bad[position]))
            errors = True
        elif not new[position] and action.operation == "create" and action.name is not None:
            reason = f"[{action.name}]: version conflict, document already exists (current version [1])"
            items.append(_failed(action, 409, "version_conflict_engine_exception", reason))
            errors = True
        else:
            created = new[position] or action.name is None
            items.append(heads.kept(action, receipt.identifier(position), created=created, brief=brief))
        position += 1
    return errors, items


class _Heads:
    """Writes the items that were kept; what is the same from item to item is written once."""

    def __init__(self) -> None:
        self._indices: dict[str, bytes] = {}

    def kept(self, action: Action, identifier: str, *, created: bool, brief: bool) -> bytes:
        """One item. An event that was sent again without a name of its own was created, as far as its sender knows."""
        status, result = (201, b"created") if created else (200, b"updated")
        operation = action.operation.encode()
        if brief:
            return b'{"%b":{"status":%d}}' % (operation, status)
        index = self._indices.get(action.index)
        if index is None:
            index = self._indices[action.index] = msgspec.json.encode(action.index)
        name = b'"%b"' % identifier.encode() if action.name is None else msgspec.json.encode(action.name)
        return (
            b'{"%b":{"_index":%b,"_id":%b,"_version":%d,"result":"%b","_shards":{"total":1,"successful":1,"failed":0},'
            b'"_seq_no":0,"_primary_term":1,"status":%d}}'
        ) % (operation, index, name, 1 if created else 2, result, status)


def _failed(action: Action, status: int, kind: str, reason: str) -> bytes:
    item = {"_index": action.index, "_id": action.name, "status": status, "error": {"type": kind, "reason": reason}}
    return msgspec.json.encode({action.operation: item})


class Setup:
    """What shippers look for and put before they send: templates, policies, pipelines, indices.

    Nothing is done with any of it. What was put is said to be there afterwards, so that a shipper does not put it again
    each time; it is forgotten when the process ends.
    """

    def __init__(self, *, most: int = 2_000) -> None:
        self._put: dict[str, None] = {}
        self._most = most

    def answer(self, method: str, path: str) -> tuple[int, object] | None:
        """Status and body for a request that sets up or looks up; None where it is neither."""
        parts = [part for part in path.split("/") if part]
        if not parts:
            return None
        fixed = _FIXED.get("/".join(parts)) or _FIXED.get(parts[0])
        if method in ("GET", "HEAD") and fixed is not None:
            return 200, fixed
        if parts[-1] == "_refresh" or parts[-1] == "_flush":
            return 200, {"_shards": {"total": 0, "successful": 0, "failed": 0}}
        if parts[:3] == ["_security", "user", "_has_privileges"]:
            return 200, {"username": "watchward", "has_all_requested": True, "cluster": {}, "index": {}}
        if parts[0] in _KINDS or (len(parts) == 1 and not parts[0].startswith("_")):
            return self._named(method, parts)
        return None

    def _named(self, method: str, parts: Sequence[str]) -> tuple[int, object]:
        name = "/".join(parts)[:512]
        if method in ("PUT", "POST"):
            while len(self._put) >= self._most:
                del self._put[next(iter(self._put))]
            self._put[name] = None
            return 200, {"acknowledged": True, "shards_acknowledged": True, "index": parts[-1]}
        if method == "DELETE":
            self._put.pop(name, None)
            return 200, {"acknowledged": True}
        if name in self._put:
            return 200, {parts[-1]: {}}
        return 404, {
            "error": {"type": "resource_not_found_exception", "reason": f"[{name}] is not here"},
            "status": 404,
        }


_KINDS = frozenset(
    {"_alias", "_component_template", "_data_stream", "_ilm", "_index_template", "_ingest", "_template", "_slm"}
)

_FIXED: Mapping[str, object] = {
    "_license": {
        "license": {"status": "active", "uid": "watchward", "type": "basic", "mode": "basic", "issued_to": "watchward"}
    },
    "_xpack": {
        "build": {"hash": "0" * 40, "date": "2026-01-01T00:00:00.000Z"},
        "license": {"uid": "watchward", "type": "basic", "mode": "basic", "status": "active"},
        "features": {
            "ilm": {"available": True, "enabled": True},
            "security": {"available": True, "enabled": True},
        },
        "tagline": "",
    },
    "_cluster/health": {
        "cluster_name": "watchward",
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": 1,
        "active_shards": 1,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
    },
    "_cluster/settings": {"persistent": {}, "transient": {}, "defaults": {}},
    "_nodes": {
        "_nodes": {"total": 1, "successful": 1, "failed": 0},
        "cluster_name": "watchward",
        "nodes": {
            "watchward": {
                "name": "watchward",
                "version": NUMBER,
                "roles": ["data", "ingest"],
                "ingest": {
                    "processors": [
                        {"type": kind}
                        for kind in ("append", "convert", "date", "geoip", "grok", "json", "rename", "script", "set")
                    ]
                },
            }
        },
    },
    "_security/_authenticate": {
        "username": "watchward",
        "roles": [],
        "enabled": True,
        "authentication_type": "api_key",
    },
    "_ilm/status": {"operation_mode": "RUNNING"},
    "_cat/plugins": [],
}
