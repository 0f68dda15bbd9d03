"""When a line of a time line was, by the clock of the node that told it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("advisory", "0002_other_nodes")]

    operations = [migrations.AddField("answerentry", "told_at", models.DateTimeField(blank=True, null=True))]
