"""The Django app of patient harm."""

from django.apps import AppConfig


class HarmConfig(AppConfig):
    """What the loss of anything does to patients."""

    name = "watchward.console.harm"
    label = "harm"
    verbose_name = "Patient harm"
