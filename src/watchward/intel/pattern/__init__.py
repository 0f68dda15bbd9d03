"""STIX patterns: what they ask for, as exact values where that is all, else as rules and correlations."""

from watchward.intel.pattern.compiling import About, Compiled, UnrunError, compile, indicator_of  # noqa: A004 - the contract
from watchward.intel.pattern.quick import observables

__all__ = ["About", "Compiled", "UnrunError", "compile", "indicator_of", "observables"]
