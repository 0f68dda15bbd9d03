"""Django's settings: copied from the console's one configuration, never decided here."""

SECRET_KEY = "to-be-replaced-by-the-first-slice-of-the-console"  # noqa: S105 - replaced before anything is served
USE_TZ = True
INSTALLED_APPS: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
