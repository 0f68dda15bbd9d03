"""The app's name in Django."""

from django.apps import AppConfig


class LinkConfig(AppConfig):
    """Links to the nodes above and below."""

    name = "watchward.console.link"
    label = "link"
    verbose_name = "Links"

    def ready(self) -> None:
        """Let the heads of audit logs travel, and hear of organisations."""
        from watchward.console.estate.signals import organisations_imported  # noqa: PLC0415 - models are ready only now
        from watchward.console.link import heads, hearing, kinds  # noqa: PLC0415 - as above

        kinds.register(heads.AUDIT_HEAD)
        organisations_imported.connect(hearing.ask_for_what_was_for_nobody, dispatch_uid="link")
