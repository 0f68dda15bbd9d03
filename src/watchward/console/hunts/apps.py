"""The Django app of hunts that travel."""

from django.apps import AppConfig


class HuntsConfig(AppConfig):
    """Questions to other nodes, and those that other nodes ask."""

    name = "watchward.console.hunts"
    label = "hunts"
    verbose_name = "Hunts that travel"

    def ready(self) -> None:
        """Let questions travel down, and answers up."""
        from watchward.console.hunts import told  # noqa: PLC0415 - models need the apps to be loaded

        told.register()
