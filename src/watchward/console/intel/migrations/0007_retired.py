"""Collections that are retired."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Collections that are retired."""

    dependencies: ClassVar = [("intel", "0006_rounds")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="collection",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
