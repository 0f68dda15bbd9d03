"""What a user of the official Elasticsearch client does, as a program: whichever version is installed runs it.

Takes the gateway's address, its authority, a key and a task; prints what came of the task as JSON.
"""

import json
import sys

import elasticsearch
from elasticsearch import BadRequestError, Elasticsearch, helpers


def _event(number, device):
    return {
        "@timestamp": "2026-03-01T12:00:00.000Z",
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": device,
        "EventRecordID": number,
        "CommandLine": f"notepad.exe {number}",
    }


def _actions(device, count):
    return [{"_op_type": "create", "_index": "logs", **_event(number, device)} for number in range(count)]


def recognise(client, _device):
    """The calls by which programs ask what they speak to."""
    return {
        "client": elasticsearch.__versionstr__,
        "ping": client.ping(),
        "version": client.info()["version"]["number"],
        "health": client.cluster.health()["status"],
    }


def bulk(client, device):
    """The bulk helper."""
    return helpers.bulk(client, _actions(device, 250), chunk_size=100)


def streaming(client, device):
    """The streaming helper, with an item that is no event."""
    events = [*_actions(device, 2), {"_index": "logs", "_source": "no object"}]
    return [ok for ok, _ in helpers.streaming_bulk(client, events, raise_on_error=False)]


def parallel(client, device):
    """The parallel helper."""
    return [ok for ok, _ in helpers.parallel_bulk(client, _actions(device, 300), thread_count=2, chunk_size=50)]


def single(client, device):
    """Calls for single documents and indices, and one that is refused."""
    try:
        client.search(index="logs")
        refused = ""
    except BadRequestError as error:
        refused = str(error)
    return {
        "index": client.index(index="logs", document=_event(1, device))["result"],
        "create": client.create(index="logs", id=device, document=_event(2, device))["result"],
        "made": client.indices.create(index="logs-2")["acknowledged"],
        "failed": client.indices.refresh()["_shards"]["failed"],
        "refused": refused,
    }


if __name__ == "__main__":
    url, authority, key, task, device = sys.argv[1:]
    proof = {"basic_auth": tuple(key.split(":"))} if ":" in key else {"api_key": key}
    with Elasticsearch(url, ca_certs=authority, **proof) as made:
        print(json.dumps(globals()[task](made, device)))  # noqa: T201 - what it is for
