"""The Django app of what is normal here."""

from django.apps import AppConfig


class NormalConfig(AppConfig):
    """Filters that people make of alerts."""

    name = "watchward.console.normal"
    label = "normal"
    verbose_name = "What is normal here"
