"""The app's name in Django."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    """What reads the protective lists."""

    name = "watchward.console.controls"
    label = "controls"
    verbose_name = "Controls"
