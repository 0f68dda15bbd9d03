"""The starter pack: the Sigma rules that this project writes itself.

The rules stand in `rules/` at the top of the project, apart from the code. The folder `starter` beside this module is a
link to them, which a built package holds as plain files: so they are found in the same place in both.
"""

from pathlib import Path


def starter_pack() -> Path:
    """The folder of the starter pack's rules, in a checkout and in an installed package alike."""
    return (Path(__file__).parent / "starter").resolve()
