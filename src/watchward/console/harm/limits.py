"""How much of the node one person's questions about harm may take up."""

from typing import Final

from watchward.console.config import current
from watchward.console.pace import Work

ASKING: Final = Work(what="questions about harm", at_once=4, seconds_a_minute=lambda: current().harm_seconds_a_minute)
"""Rankings of single organisations, what-ifs, what moves them, and papers: worked out while somebody waits."""
