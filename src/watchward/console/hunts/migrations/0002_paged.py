"""Answers are read a page at a time, those that found most first."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("hunts", "0001_hunts")]

    operations = [
        migrations.AddIndex(
            "answer", models.Index(fields=["question", "-events", "name"], name="answer_most_first")
        ),
    ]
