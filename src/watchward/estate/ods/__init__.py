"""The published organisation files, read into what they claim: text in, claims out.

`read` recognises the layout of a file by itself (or is told), and `watchward.estate.placement.settle` puts the claims
of several files together into records with their place in the tree.
"""

from watchward.estate.ods.claim import Claim, Reading, Succession
from watchward.estate.ods.errors import LayoutError
from watchward.estate.ods.reading import decode, layouts, read

__all__ = ["Claim", "LayoutError", "Reading", "Succession", "decode", "layouts", "read"]
