"""The Django app of blocks."""

from django.apps import AppConfig


class ProtectConfig(AppConfig):
    """What is blocked, by whose decision, and what that does to care."""

    name = "watchward.console.protect"
    label = "protect"
    verbose_name = "Blocking"

    def ready(self) -> None:
        """Let blocks travel over links, and hear of indicators."""
        from watchward.console.intel.signals import indicators_told  # noqa: PLC0415 - models are ready only now
        from watchward.console.protect import adopting, linking  # noqa: PLC0415

        linking.register_kinds()
        indicators_told.connect(adopting.hear, dispatch_uid="protect")
