"""The app's name in Django."""

from django.apps import AppConfig


class EstateConfig(AppConfig):
    """Organisations, devices and sources."""

    name = "watchward.console.estate"
    label = "estate"
    verbose_name = "Estate"
