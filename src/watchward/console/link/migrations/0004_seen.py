from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F
from django.utils import timezone


def _seen_when_they_came(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("link", "HeldHead").objects.update(seen_at=F("came_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("link", "0003_heads"),
    ]

    operations = [
        migrations.AddField(
            model_name="heldhead",
            name="seen_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.RunPython(_seen_when_they_came, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="heldhead",
            index=models.Index(fields=["peer", "faults"], name="heads_with_faults"),
        ),
        migrations.AddIndex(
            model_name="passage",
            index=models.Index(fields=["-day", "kind", "id"], name="passages_latest"),
        ),
    ]

