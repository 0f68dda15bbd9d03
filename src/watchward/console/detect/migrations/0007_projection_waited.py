"""How far event time had come for correlations where all sources were silent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("detect", "0006_correlations_failed")]

    operations = [migrations.AddField("projection", "waited", models.DateTimeField(null=True))]
