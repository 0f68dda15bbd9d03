"""The app's name in Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Accounts, roles and the audit log."""

    name = "watchward.console.access"
    label = "access"
    verbose_name = "Access"
