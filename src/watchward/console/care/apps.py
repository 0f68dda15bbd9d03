"""The Django app of the map of care."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    """What depends on what."""

    name = "watchward.console.care"
    label = "care"
    verbose_name = "Map of care"

    def ready(self) -> None:
        """Notice when organisations come and go: they are the places of the map."""
        from watchward.console.care import adapters  # noqa: PLC0415 - models are not ready before
        from watchward.console.estate.signals import organisations_imported  # noqa: PLC0415 - as above

        organisations_imported.connect(adapters.organisations_changed, dispatch_uid="care")
