"""The Django app of coverage."""

from django.apps import AppConfig


class CoverageConfig(AppConfig):
    """What arrives, and what rules see with it."""

    name = "watchward.console.coverage"
    label = "coverage"
    verbose_name = "Coverage"
