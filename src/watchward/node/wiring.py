"""Builds what the node's parts need from its settings: the only place that knows both sides."""

import contextlib
import os
import pkgutil
import secrets
from pathlib import Path

from pydantic import SecretStr

from watchward.base.files import turn
from watchward.console import config as console_config
from watchward.console.config import ConsoleConfig, SiteSettings
from watchward.node.config import Config

SECRET_KEY = "console-secret"  # noqa: S105 - the name of a file


def console(config: Config, *, secret: str = "") -> ConsoleConfig:
    """The console's configuration, from the node's.

    Args:
        config: the node's settings.
        secret: what signs sessions and links; without it the one in the home, which is made when it is missing.

    """
    home = config.layout
    return ConsoleConfig(
        **{name: getattr(config, name) for name in SiteSettings.model_fields},
        secret_key=SecretStr(secret or _kept_secret(home.keys / SECRET_KEY)),
        home=home.path,
        database=home.database,
        database_url=SecretStr(config.database_url),
        journal=home.journal,
        lake=home.lake,
        rules=home.rules,
        cache=home.cache,
        keys=home.keys,
        sources=home.sources,
        events_free_bytes=config.events_free_mib << 20,
        gateway_free_bytes=config.gateway_free_mib << 20,
        audit_export=config.audit_export or home.path / "audit",
        public_url=config.web_url,
        gateway_url=config.gateway_url,
        lists_url=config.lists_url,
        lists_dns_host=config.lists_dns_host,
        lists_dns_port=config.lists_dns_port,
        smtp_url=SecretStr(config.smtp_url),
    )


def start_django(config: Config, *, fresh: bool = True, secret: str = "") -> None:
    """Make Django ready in this process. Models may be imported only afterwards.

    Args:
        config: the node's settings.
        fresh: whether to make the folders that the node's home lacks.
        secret: as in `console`.

    """
    import django  # noqa: PLC0415 - a command that needs no database should not pay for it
    from django.conf import settings  # noqa: PLC0415

    if settings.configured:
        return
    if fresh:
        config.layout.create()
    console_config.use(console(config, secret=secret))
    # Django itself asks the environment for the name of its settings.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchward.console.settings")  # noqa: TID251
    django.setup()


def migrate(config: Config) -> None:
    """Bring the database to this version's shape; the first process to come does it, and the others wait."""
    with turn(config.layout.path / "migrate.lock"):
        if is_behind():
            from django.core.management import call_command  # noqa: PLC0415 - a database that is ready needs none of it

            call_command("migrate", verbosity=0, interactive=False)


def is_behind() -> bool:
    """Whether the database lacks a migration that this version has.

    Django's own command would read and order every migration and look through all permissions to find that nothing is
    to be done; each of the node's processes asks at its start.
    """
    from django.apps import apps  # noqa: PLC0415 - Django is ready only now
    from django.db import connection  # noqa: PLC0415 - as above
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415 - as above

    applied = MigrationRecorder(connection).applied_migrations()
    return any(
        (app.label, module.name) not in applied
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path, "migrations"))])
        if not module.name.startswith(("_", "~"))
    )


def _kept_secret(path: Path) -> str:
    """The secret in a file, which is made when it is missing."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: its secret holds
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()
