"""The app's name in Django."""

from django.apps import AppConfig


class TaxiiConfig(AppConfig):
    """The TAXII server."""

    name = "watchward.console.taxii"
    label = "taxii"
    verbose_name = "TAXII"
