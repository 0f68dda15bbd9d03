"""Collections that are retired, and lists at an address, which are read again and again."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Collections that are retired, and lists at an address, which are read again and again."""

    dependencies: ClassVar = [("intel", "0007_of_nodes")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="collection",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="source",
            name="kind",
            field=models.CharField(
                choices=[
                    ("taxii", "TAXII server"),
                    ("feed", "List at an address"),
                    ("client", "TAXII client"),
                    ("files", "Files and lists"),
                    ("link", "Linked node"),
                ],
                max_length=10,
            ),
        ),
    ]
