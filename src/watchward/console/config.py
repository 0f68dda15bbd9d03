"""The console's one configuration: typed, frozen, read once. Django's settings only copy from it.

Whoever starts a process of the console (`watchward.node.wiring`) says what holds, through `use`. A process that was
told nothing reads the environment (`WATCHWARD_CONSOLE_…`) and falls back on an empty database in memory.
"""

import secrets
from pathlib import Path

from publicsuffixlist import PublicSuffixList
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from watchward.intel import normal
from watchward.intel.never import Own
from watchward.lake.keep import Keep


def _registrable(given: str) -> str:
    """A name that somebody may register, in its normal form: of computers' names those alone are known."""
    name = normal.domain(given)
    registered = PublicSuffixList().privatesuffix(name)
    if name != registered:
        raise ValueError(f"{given} is not what somebody registered: give {registered or 'a name below it'}")
    return name


class SiteSettings(BaseSettings):
    """What a site may set that the console needs just as it was set (`watchward.node.config` sets it)."""

    tls_certificate: Path | None = Field(default=None, description="A certificate chain (PEM) of the site's own.")
    tls_key: Path | None = Field(default=None, description="The key of that certificate (PEM).")
    events_days: int = Field(
        default=180,
        ge=2,
        le=36_500,
        description="How many days events are kept; alerts stay, with what their rules matched.",
    )
    lateness_minutes: int = Field(
        default=60,
        ge=0,
        le=10_080,
        description="How late an event may come and still count for correlations, unless its source says otherwise.",
    )
    new_devices_a_day: int = Field(
        default=50_000,
        ge=1,
        description="How many new devices one source may bring in a day; events of others are kept all the same.",
    )
    api_requests_a_minute: int = Field(
        default=600, ge=1, description="How many requests of the REST API one account may make in a minute."
    )
    taxii_requests_a_minute: int = Field(
        default=6_000, ge=1, description="How many requests of TAXII one key may make in a minute."
    )
    harm_seconds_a_minute: int = Field(
        default=20,
        ge=1,
        description="How many seconds of the processor what one account asks about harm may take in a minute.",
    )
    rule_trial_days: int = Field(
        default=14,
        ge=0,
        le=365,
        description="How many days the rules that a release brings run on trial; 0: none.",
    )
    rule_alerts_a_day: int = Field(
        default=5, ge=1, description="A rule that raises more alerts a day for each 1,000 devices is too loud."
    )
    rule_events_percent: int = Field(
        default=20,
        ge=1,
        le=100,
        description="A rule that matches more of the events of its log source matches everything, in percent.",
    )
    rule_time_percent: int = Field(
        default=10,
        ge=1,
        le=100,
        description="A rule that takes more of the time of all matching costs too much, in percent.",
    )
    rule_silent_days: int = Field(
        default=90, ge=1, description="A rule without a match for so many days is listed as one that never matches."
    )
    exercise: bool = Field(default=False, description="Show the invented exercise sector instead of a real one.")
    mail_from: str = Field(default="watchward@localhost", description="The sender of this node's mails.")
    link_certificate: Path | None = Field(
        default=None, description="A certificate chain (PEM) that the parent requires of this node, besides its key."
    )
    link_key: Path | None = Field(default=None, description="The key of that certificate (PEM).")
    webhook_hosts: tuple[str, ...] = Field(
        default=(), description="Hosts in the site's own network that webhooks may lead to, over plain HTTP too."
    )
    own_domains: tuple[str, ...] = Field(
        default=(), description="The sector's own names, with all under them: never blocked, and looked for by nothing."
    )
    not_own_domains: tuple[str, ...] = Field(
        default=(), description="Names in which organisations' computers stand, and which may be blocked all the same."
    )
    own_networks: tuple[str, ...] = Field(
        default=(), description="The sector's own networks: never blocked, and looked for by nothing."
    )
    warninglists: Path | None = Field(
        default=None,
        description="The folder of MISP's warninglists, of what everybody visits; none: `warninglists` in the home.",
    )
    looked_for_anyway: tuple[str, ...] = Field(
        default=(), description="What everybody visits by the warninglists, and indicators look for all the same."
    )
    faded_below: int = Field(
        default=2,
        ge=0,
        le=50,
        description="Nothing looks in events for an indicator that is believed less, in percent; 0: it does.",
    )

    @field_validator("own_domains", "not_own_domains", "own_networks")
    @classmethod
    def _are_names_and_networks(cls, given: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse what is no name, or no network, before it protects nothing."""
        Own.of(networks=given) if info.field_name == "own_networks" else Own.of(domains=given)
        return tuple(map(_registrable, given)) if info.field_name == "not_own_domains" else given


class ConsoleConfig(SiteSettings):
    """What the console needs to know about the node that it belongs to."""

    model_config = SettingsConfigDict(env_prefix="WATCHWARD_CONSOLE_", frozen=True, extra="forbid")

    secret_key: SecretStr = Field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(48)),
        min_length=32,
        description="Signs sessions and links. Drawn afresh when none is given: then sessions end with the process.",
    )
    home: Path = Field(default=Path("watchward-home"), description="The node's home.")
    database: Path | None = Field(default=None, description="The SQLite file; none: a database in memory.")
    database_url: SecretStr = Field(default=SecretStr(""), description="A PostgreSQL address, instead of SQLite.")
    journal: Path = Field(default=Path("watchward-home/journal"), description="The match journal.")
    lake: Path = Field(default=Path("watchward-home/lake"), description="The events.")
    rules: Path = Field(default=Path("watchward-home/rules"), description="The site's own rules.")
    cache: Path = Field(default=Path("watchward-home/cache"), description="What may be deleted at any time.")
    keys: Path = Field(default=Path("watchward-home/keys"), description="Secrets of the node.")
    sources: Path = Field(default=Path("watchward-home/keys/sources.json"), description="Credentials for the gateway.")
    events_free_bytes: int = Field(default=2 << 30, description="The oldest events go when less than this is free.")
    gateway_free_bytes: int = Field(default=1 << 30, description="The gateway stops when less than this is free.")
    audit_export: Path = Field(
        default=Path("watchward-home/audit"), description="Where the signed heads of the audit log are kept."
    )
    public_url: str = Field(default="http://127.0.0.1:8443", description="Where people reach the console.")
    gateway_url: str = Field(default="https://127.0.0.1:9200", description="Where shippers reach the gateway.")
    lists_url: str = Field(default="https://127.0.0.1:8446/lists/", description="Where controls read their lists.")
    lists_dns_host: str = Field(default="127.0.0.1", description="Where resolvers transfer their zones from.")
    lists_dns_port: int = Field(default=5346, description="The port of that.")
    smtp_url: SecretStr = Field(default=SecretStr(""), description="The mail server; empty: none.")
    idle_minutes: int = Field(default=30, gt=0, le=720, description="A session ends after so long without a click.")
    session_hours: int = Field(default=12, gt=0, le=24, description="A session ends after so long in any case.")

    @property
    def keep(self) -> Keep:
        """How long events are kept."""
        return Keep(days=self.events_days, free_bytes=self.events_free_bytes)

    def plays(self, address: str) -> bool:
        """Whether a mail address is of someone invented in an exercise: nothing is ever sent to it.

        No domain of the internet ends in `.test` (RFC 6761).
        """
        return self.exercise and address.casefold().endswith(".test")

    @property
    def secure(self) -> bool:
        """Whether people reach the console over TLS."""
        return self.public_url.startswith("https:")


_told: list[ConsoleConfig] = []


def use(config: ConsoleConfig) -> None:
    """Say what holds in this process; to be called before Django reads its settings."""
    _told[:] = [config]


def current() -> ConsoleConfig:
    """What this process was told, or else what the environment says."""
    if not _told:
        use(ConsoleConfig())
    return _told[0]
