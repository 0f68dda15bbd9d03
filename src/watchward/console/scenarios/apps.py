"""The Django app of kept what-ifs."""

from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    """What-ifs that somebody saved, with the answers that they had then."""

    name = "watchward.console.scenarios"
    label = "scenarios"
    verbose_name = "Saved what-ifs"
