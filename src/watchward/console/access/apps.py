"""The app's name in Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Accounts, roles and the audit log."""

    name = "watchward.console.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        """Have what happens to accounts recorded."""
        from watchward.console.access.adapters import connect  # noqa: PLC0415 - models are ready only now

        connect()
