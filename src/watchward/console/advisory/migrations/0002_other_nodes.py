"""High severity alerts of other nodes: the name of each at every node, and who told what."""

import uuid

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import watchward.console.advisory.models


def name_all(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each alert that was kept before a name of its own."""
    advisories = apps.get_model("advisory", "Advisory")
    for pk in advisories.objects.values_list("pk", flat=True):
        advisories.objects.filter(pk=pk).update(key=uuid.uuid4().hex)


class Migration(migrations.Migration):

    dependencies = [
        ("advisory", "0001_advisories"),
        ("link", "0003_heads"),
    ]

    operations = [
        migrations.AddField("advisory", "key", models.CharField(max_length=32, default="")),
        migrations.RunPython(name_all, migrations.RunPython.noop),
        migrations.AlterField(
            "advisory",
            "key",
            models.CharField(default=watchward.console.advisory.models._new_key, max_length=32, unique=True),
        ),
        migrations.AddField(
            "advisory",
            "peer",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="link.peer"
            ),
        ),
        migrations.AddField(
            "answer",
            "peer",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="link.peer",
            ),
        ),
        migrations.AddField(
            "answerentry",
            "peer",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="link.peer",
            ),
        ),
        migrations.AddIndex(
            "answer",
            models.Index(condition=models.Q(("peer__isnull", False)), fields=["peer"], name="answer_from"),
        ),
    ]
