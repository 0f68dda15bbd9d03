"""What a question took and keeps here, of what one question may."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("hunts", "0002_paged")]

    operations = [
        migrations.AddField("question", "seconds_used", models.FloatField(default=0.0)),
        migrations.AddField("question", "bytes_kept", models.BigIntegerField(default=0)),
    ]
