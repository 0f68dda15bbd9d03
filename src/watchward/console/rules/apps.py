"""The Django app of the lives of rules."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """Sets of rules, trials, and what was measured."""

    name = "watchward.console.rules"
    label = "rules"
    verbose_name = "Rules"
