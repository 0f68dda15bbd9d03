"""The app's name in Django."""

from django.apps import AppConfig


class RespondConfig(AppConfig):
    """Rotas, notices and incidents."""

    name = "watchward.console.respond"
    label = "respond"
    verbose_name = "Respond"
