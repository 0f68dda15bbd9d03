"""The app's name in Django."""

from django.apps import AppConfig


class LinkConfig(AppConfig):
    """Links to the nodes above and below."""

    name = "watchward.console.link"
    label = "link"
    verbose_name = "Links"

    def ready(self) -> None:
        """Let the heads of audit logs travel."""
        from watchward.console.link import heads, kinds  # noqa: PLC0415 - models are ready only now

        kinds.register(heads.AUDIT_HEAD)
