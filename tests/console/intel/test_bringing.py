"""Files that people bring: to whom their senders addressed them."""

import json

from console.intel.factories import MOMENT, NODE, a_clock, a_collection
from watchward.console.intel.bringing import File, bring
from watchward.console.intel.models import Object
from watchward.console.intel.presenters import Marked

EVENT = {
    "Event": {
        "uuid": "5f0c3c2e-0a1c-4b0a-9b1a-0123456789ab",
        "info": "Grey Heron",
        "date": "2026-02-01",
        "timestamp": "1769904000",
        "distribution": "4",
        "SharingGroup": {"name": "Theatres", "uuid": "5f0c3c2e-0a1c-4b0a-9b1a-0123456789ac"},
        "Attribute": [
            {
                "uuid": "5f0c3c2e-0a1c-4b0a-9b1a-0123456789ad",
                "type": "ip-dst",
                "category": "Network activity",
                "value": "198.51.100.9",
                "to_ids": True,
                "timestamp": "1769904000",
                "distribution": "5",
            }
        ],
    }
}


def test_an_event_of_misp_for_a_sharing_group_says_to_whom_it_was_sent():
    collection = a_collection()
    file = File(raw=json.dumps(EVENT).encode(), name="event", at=MOMENT)

    bring(by=NODE, collection=collection, file=file, clock=a_clock())

    found = Object.objects.get(type="indicator")
    # MISP tells a group's identifier; which of ours that is, nobody here has said.
    sent = f"It was sent to misp:{EVENT['Event']['SharingGroup']['uuid']}."
    assert sent in Marked.of(found.audience).sentences
