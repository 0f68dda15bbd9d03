"""The patterns of indicators that join several observations, as the correlations that a node runs for them."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from watchward.base.errors import WatchwardError
from watchward.intel.live import folder as folders
from watchward.intel.live.compiled import compiled
from watchward.node.correlations.running import Rules

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Joining:
    """Knows the correlations of what a folder publishes.

    Whoever reads the journal asks again before each piece of it: a gateway journals nothing of a pattern before that
    is published, so that no match comes before its correlation is known.
    """

    folder: Path
    rules: Rules = field(default_factory=Rules)
    _version: folders.Version | None = None

    def look(self) -> Rules:
        """The correlations of what is published now."""
        version = folders.version_of(self.folder)
        if version != self._version:
            self._version = version
            try:
                found = compiled(one for one in folders.counting(self.folder) if one.joined)
            except (WatchwardError, OSError) as error:
                log.error("patterns_unreadable", folder=str(self.folder), reason=str(error))  # noqa: TRY400 - the reason is all there is to say
                return self.rules
            on_trial = frozenset(one.id for one in found.correlations if one.id in found.trial)
            self.rules = Rules(correlations=found.correlations, silent=found.silent, on_trial=on_trial)
        return self.rules
