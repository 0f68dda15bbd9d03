from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

WHY = "what somebody here reads elsewhere for themselves is told no longer"


def take_back_what_was_read_elsewhere(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Have the node above told anew what holds, once: it drops what earlier versions told of lists and servers.

    It is queued with all else: a node that cannot be reached now is told when it can.
    """
    grant: Any = apps.get_model("intel", "Grant")
    source: Any = apps.get_model("intel", "Source")
    peer: Any = apps.get_model("link", "Peer")
    speaking: Any = apps.get_model("link", "Speaking")
    opened = grant.objects.filter(organisation=None, can_read=True, role="").values("collection")
    read = source.objects.filter(kind__in=["taxii", "feed"], collection__isnull=False)
    if not read.exclude(collection__in=opened).exclude(brought=None).exists():
        return
    for above in peer.objects.filter(way="parent", ended_at=None):
        speaking.objects.update_or_create(peer=above, defaults={"anew": WHY})


class Migration(migrations.Migration):

    dependencies = [
        ("intel", "0011_vouching"),
        ("link", "0004_seen"),
    ]

    operations = [
        migrations.RunPython(take_back_what_was_read_elsewhere, migrations.RunPython.noop),
    ]
