from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_those_who_vouched(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let those who vouched by the column before still vouch."""
    definition: Any = apps.get_model("intel", "Definition")
    vouching = definition.others.through
    rows = definition.objects.exclude(also=None).values_list("pk", "also_id")
    vouching.objects.bulk_create(
        [vouching(definition_id=pk, peer_id=peer) for pk, peer in rows.iterator()], batch_size=400
    )


class Migration(migrations.Migration):

    dependencies = [
        ("intel", "0010_also"),
    ]

    operations = [
        migrations.AddField(
            model_name="definition",
            name="others",
            field=models.ManyToManyField(related_name="+", to="link.peer"),
        ),
        migrations.RunPython(keep_those_who_vouched, migrations.RunPython.noop),
        migrations.RemoveField(model_name="definition", name="also"),
    ]
