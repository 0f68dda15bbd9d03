"""The inner loops of intelligence, compiled by numba: they hold no lock while they run."""
