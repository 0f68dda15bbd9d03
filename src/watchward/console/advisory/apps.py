"""The Django app of high severity alerts."""

from django.apps import AppConfig


class AdvisoryConfig(AppConfig):
    """What the nation or a region asks of organisations, and what they answer."""

    name = "watchward.console.advisory"
    label = "advisory"
    verbose_name = "High severity alerts"

    def ready(self) -> None:
        """Let alerts travel down, and answers up."""
        from watchward.console.advisory import linking  # noqa: PLC0415 - models need the apps to be loaded

        linking.register_kinds()
