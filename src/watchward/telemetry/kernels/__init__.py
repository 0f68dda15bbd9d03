"""The inner loops of decoding, compiled by numba: they hold no lock while they run."""
