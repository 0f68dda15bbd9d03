from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0002_ruleday_alerts'),
    ]

    operations = [
        migrations.AddField(
            model_name='rulelife',
            name='reads',
            field=models.JSONField(default=list),
        ),
    ]
