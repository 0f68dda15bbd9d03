"""Correlations: what events mean together, by the time at which they happened (ADR 0120 to 0122)."""
