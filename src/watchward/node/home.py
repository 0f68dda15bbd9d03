"""A node's home: the one folder that holds all that a node keeps."""

from dataclasses import dataclass
from pathlib import Path

from watchward.detect.sigma.pack import starter_pack


@dataclass(frozen=True, slots=True)
class Home:
    """Where each thing lies in a node's home.

    The folder is private to the account that runs the node (mode 0700), because it holds keys and telemetry.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The node's settings (TOML)."""
        return self.path / "config.toml"

    @property
    def database(self) -> Path:
        """People, organisations, alerts and incidents (SQLite, unless the settings name another database)."""
        return self.path / "watchward.db"

    @property
    def journal(self) -> Path:
        """The match journal: one folder a gateway."""
        return self.path / "journal"

    @property
    def lake(self) -> Path:
        """The events, as Parquet segments."""
        return self.path / "lake"

    @property
    def rules(self) -> Path:
        """The site's own rules, which this node runs beside the starter pack."""
        return self.path / "rules"

    @property
    def rule_folders(self) -> tuple[Path, ...]:
        """Where the node's rules are: the site's first, so that its copy of a rule stands in place of the pack's."""
        return tuple(folder for folder in (self.rules, starter_pack()) if folder.is_dir())

    @property
    def keys(self) -> Path:
        """Secrets: certificates, the audit signing key, the digests of the sources' credentials."""
        return self.path / "keys"

    @property
    def sources(self) -> Path:
        """The credentials that the gateway accepts, as the console last wrote them (JSON, digests only)."""
        return self.keys / "sources.json"

    @property
    def indicators(self) -> Path:
        """The indicators that the node looks for in every event, as they were last published (`intel.exact`)."""
        return self.path / "intel" / "exact"

    @property
    def patterns(self) -> Path:
        """The indicators whose patterns are more than exact values, as they were last published (`intel.live`)."""
        return self.path / "intel" / "patterns"

    @property
    def looks(self) -> Path:
        """What is still to be looked for in the events that are kept: a folder for each set of new indicators."""
        return self.path / "intel" / "looks"

    @property
    def lists(self) -> Path:
        """What is blocked, as it was last decided, for the server of lists (`lists.published`)."""
        return self.path / "lists"

    @property
    def controls(self) -> Path:
        """The resolvers, firewalls and proxies that read this node's lists, as the console last wrote them (JSON)."""
        return self.keys / "controls.json"

    @property
    def parent(self) -> Path:
        """A file that is there as long as this node has a parent (`watchward.console.link.joining`)."""
        return self.path / "link" / "parent"

    @property
    def logs(self) -> Path:
        """What the processes print, one file a process."""
        return self.path / "logs"

    @property
    def cache(self) -> Path:
        """Whatever may be deleted at any time: compiled plans and machine code."""
        return self.path / "cache"

    @property
    def made(self) -> bool:
        """Whether a node was started or restored here."""
        return self.config.is_file() or self.journal.is_dir()

    def create(self) -> None:
        """Make the folders that are missing; those that exist stay as they are."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.journal, self.lake, self.rules, self.keys, self.lists, self.logs, self.cache):
            folder.mkdir(mode=0o700, exist_ok=True)
        # Each of them, or those between were open to all.
        for folder in (self.indicators.parent, self.indicators, self.patterns, self.looks):
            folder.mkdir(mode=0o700, exist_ok=True)
