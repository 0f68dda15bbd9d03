"""Whether a question asks about named people, and what an organisation does with such questions."""

from django.db import migrations, models

COUNTS = [("at_once", "Count at once"), ("asked", "Ask us each time"), ("never", "Never")]


class Migration(migrations.Migration):

    dependencies = [("hunts", "0003_budget")]

    operations = [
        migrations.AddField("question", "asks_about", models.JSONField(null=True)),
        migrations.AddField("answer", "below", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField("policy", "counts", models.CharField(max_length=8, choices=COUNTS, default="at_once")),
        migrations.AddField("policy", "people", models.CharField(max_length=8, choices=COUNTS, default="asked")),
        migrations.AddField("policy", "fewest", models.PositiveSmallIntegerField(default=5)),
    ]
