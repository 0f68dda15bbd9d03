"""The Django app of looking back."""

from django.apps import AppConfig


class LookBackConfig(AppConfig):
    """What rules would have found."""

    name = "watchward.console.lookback"
    label = "lookback"
    verbose_name = "Looking back"
