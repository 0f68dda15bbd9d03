"""The inner loops of the lake, compiled by numba: they hold no lock while they run."""
