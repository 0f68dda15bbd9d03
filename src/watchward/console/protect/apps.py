"""The Django app of blocks."""

from django.apps import AppConfig


class ProtectConfig(AppConfig):
    """What is blocked, by whose decision, and what that does to care."""

    name = "watchward.console.protect"
    label = "protect"
    verbose_name = "Blocking"

    def ready(self) -> None:
        """Let blocks travel over links, and hear of indicators."""
        from watchward.console.estate.signals import organisations_imported  # noqa: PLC0415 - models are ready only now
        from watchward.console.intel.signals import audiences_changed, indicators_told  # noqa: PLC0415
        from watchward.console.protect import adopting, linking, offering  # noqa: PLC0415

        linking.register_kinds()
        indicators_told.connect(adopting.hear, dispatch_uid="protect")
        audiences_changed.connect(offering.again, dispatch_uid="protect")
        organisations_imported.connect(offering.moved, dispatch_uid="protect")
