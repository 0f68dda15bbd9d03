"""The Django app of high severity alerts."""

from django.apps import AppConfig


class AdvisoryConfig(AppConfig):
    """What the nation or a region asks of organisations, and what they answer."""

    name = "watchward.console.advisory"
    label = "advisory"
    verbose_name = "High severity alerts"
