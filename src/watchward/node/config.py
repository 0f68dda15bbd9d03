"""The settings of a node: typed, frozen, read once.

They come from the environment (`WATCHWARD_…`) first, then from `config.toml` in the node's home, then from the defaults
here. No other module reads the environment.
"""

import os
import socket
import tomllib
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from watchward.base.errors import BadSetupError
from watchward.console.config import SiteSettings
from watchward.node.home import Home

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


class Config(SiteSettings):
    """What a site may set; the home's `config.toml` uses the same names."""

    model_config = SettingsConfigDict(env_prefix="WATCHWARD_", frozen=True, extra="forbid")

    home: Path = Field(default=Path("watchward-home"), description="The folder that holds all that this node keeps.")
    web_host: str = Field(default="127.0.0.1", description="The address on which the console listens.")
    web_port: int = Field(default=8443, ge=0, le=65535, description="The port of the console.")
    gateway_host: str = Field(default="127.0.0.1", description="The address on which the gateway listens.")
    gateway_port: int = Field(default=9200, ge=0, le=65535, description="The port of the gateway.")
    gateway_tls: bool = Field(default=True, description="Whether the gateway speaks TLS; without, only on loopback.")
    gateway_waiting_mib: int = Field(
        default=256, ge=8, description="How much may wait in a gateway before senders are asked to come again, in MiB."
    )
    gateway_free_mib: int = Field(
        default=1024,
        ge=0,
        description="The gateway takes nothing more when less than this is free on its disk, in MiB.",
    )
    duplicates_mib: int = Field(
        default=1024,
        ge=16,
        description="How much memory a gateway may use to recognise what is sent again, in MiB; 27 bytes an event.",
    )
    events_free_mib: int = Field(
        default=2048,
        ge=0,
        description="The oldest events go before their time when less than this is free on their disk, in MiB.",
    )
    correlations_mib: int = Field(
        default=200,
        ge=1,
        description="How much memory the events may take that correlations hold, in MiB; 100 bytes each, for each one.",
    )
    gateways: int = Field(default=1, ge=1, le=64, description="How many gateway processes run.")
    lists_host: str = Field(default="127.0.0.1", description="The address on which protective lists are served.")
    lists_port: int = Field(default=8446, ge=0, le=65535, description="The port of protective lists, over HTTPS.")
    lists_dns_port: int = Field(
        default=5346, ge=0, le=65535, description="The port from which resolvers transfer their response policy zone."
    )
    public_url: str = Field(default="", description="Where people reach the console; empty: the address it listens on.")
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses or networks of proxies in front of the console, which say who is calling."
    )
    audit_export: Path | None = Field(
        default=None, description="Where signed heads of the audit log are kept; better on another machine's disk."
    )
    database_url: str = Field(default="", description="A PostgreSQL address; empty: SQLite in the home.")
    smtp_url: str = Field(default="", description="The mail server, as smtp://user:password@host:port; empty: none.")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse names and `*`: whoever is trusted may say that they are anyone."""
        for one in given:
            ip_network(one)
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env file: the home's config.toml has its place
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the home's file."""
        given = {**env_settings(), **init_settings()}
        file = Home(Path(str(given.get("home", "watchward-home")))).config
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def web_tls(self) -> bool:
        """Whether the console speaks TLS: always, but for an exercise on the machine itself."""
        return not (self.exercise and self.web_host in LOOPBACK)

    @property
    def web_url(self) -> str:
        """Where people reach the console."""
        scheme = "https" if self.web_tls else "http"
        # Browsers keep passkeys for names, not for addresses.
        host = "localhost" if self.web_host in LOOPBACK else _in_url(self.public_host)
        return self.public_url.rstrip("/") or f"{scheme}://{host}:{self.web_port}"

    @property
    def gateway_url(self) -> str:
        """Where shippers reach the gateway."""
        host = self.public_host if self.gateway_host in EVERYWHERE else self.gateway_host
        return f"https://{_in_url(host)}:{self.gateway_port}"

    @property
    def lists_url(self) -> str:
        """Where firewalls, proxies and sensors read their lists."""
        return f"https://{_in_url(self.lists_dns_host)}:{self.lists_port}/lists/"

    @property
    def lists_dns_host(self) -> str:
        """Where resolvers transfer their zones from."""
        return self.public_host if self.lists_host in EVERYWHERE else self.lists_host

    @property
    def public_host(self) -> str:
        """The name or address by which people reach this node."""
        return urlsplit(self.public_url).hostname or (
            socket.getfqdn() if self.web_host in EVERYWHERE else self.web_host
        )

    @property
    def layout(self) -> Home:
        """The node's home, with the place of each thing in it."""
        return Home(self.home.resolve())


def _in_url(host: str) -> str:
    """A host as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def load(home: Path | None = None) -> Config:
    """Read the settings once.

    Args:
        home: the node's home; without it, the environment or the default says.

    Raises:
        BadSetupError: a setting is wrong.

    """
    try:
        return Config() if home is None else Config(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = f"The setting {name!r} is wrong: {first['msg']}."
        raise BadSetupError(
            message,
            advice=f"Correct config.toml in the node's home, or the variable WATCHWARD_{name.upper()}.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSetupError(f"config.toml cannot be read: {error}.", advice="Correct it as TOML.") from error


def child_environment(extra: dict[str, str]) -> dict[str, str]:
    """The environment for a process that this node starts: its own, with `extra` on top."""
    return {**os.environ, **extra}  # noqa: TID251 - this module is where the environment is read
