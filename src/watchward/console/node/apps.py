"""The app's name in Django."""

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """Health and scheduled work."""

    name = "watchward.console.node"
    label = "node"
    verbose_name = "Node"
