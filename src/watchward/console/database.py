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

_SAYS = {
    "disk I/O error": "Make room on the disk of the node's home.",
    "is full": "Make room on the disk of the node's home.",
    "locked": "Another program holds it: stop that, or try again when it is done.",
    "not a database": "Keep the home as it is, and restore a backup into a new one: watchward restore.",
    "malformed": "Keep the home as it is, and restore a backup into a new one: watchward restore.",
    "unable to open": "Make sure that the node's home is there, and run this as the account that owns it.",
    "readonly": "Run this as the account that owns the node's home.",
}


def advice_on(said: str) -> str:
    """What to do when a database says this instead of answering."""
    otherwise = "Make sure that the database which config.toml names runs, and lets this node in."
    return next((advice for part, advice in _SAYS.items() if part in said), otherwise)


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
