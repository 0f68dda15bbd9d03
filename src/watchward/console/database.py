"""Django's description of the database: SQLite in the node's home, or PostgreSQL by one setting."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from watchward.base.errors import BadSetupError
from watchward.console.config import ConsoleConfig

BUSY_SECONDS = 20
"""How long a writer waits for another one before it gives up."""

_SQLITE: dict[str, Any] = {
    "timeout": BUSY_SECONDS,
    # A transaction that reads first and writes later could not wait for its turn: SQLite would refuse it at once.
    "transaction_mode": "IMMEDIATE",
    # FULL, because an exported audit head must never be newer than the database after a power cut.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456;"
        " PRAGMA temp_store=MEMORY;"
    ),
}


def databases(config: ConsoleConfig) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for a configuration."""
    address = config.database_url.get_secret_value()
    if address:
        return {"default": _postgresql(address)}
    name = str(config.database) if config.database else ":memory:"
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": dict(_SQLITE)}}


def _postgresql(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise BadSetupError(
            "The setting database_url is not a PostgreSQL address.",
            advice="Write it as postgresql://user:password@host:5432/name.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": True, **dict(parse_qsl(parts.query))},
    }
