"""The Django app of personal tokens."""

from django.apps import AppConfig


class TokensConfig(AppConfig):
    """Tokens for scripts."""

    name = "watchward.console.tokens"
    label = "tokens"
    verbose_name = "Tokens"
