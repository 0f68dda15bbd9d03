"""The app's name in Django."""

from django.apps import AppConfig


class IntelConfig(AppConfig):
    """Collections of intelligence, their sources and their readers."""

    name = "watchward.console.intel"
    label = "intel"
    verbose_name = "Intelligence"

    def ready(self) -> None:
        """Work out anew who may read what when organisations move, and let intelligence travel."""
        from watchward.console.estate.signals import organisations_imported  # noqa: PLC0415 - models are ready only now
        from watchward.console.intel.audiences import changed  # noqa: PLC0415
        from watchward.console.intel.linking import register  # noqa: PLC0415

        def moved(**_: object) -> None:
            changed()

        organisations_imported.connect(moved, weak=False, dispatch_uid="intel")
        register()
