"""STIX 2.1 (and 2.0): objects in, each with its own bytes unchanged; objects of our own out."""

from watchward.intel.stix.objects import Limits, Reading, Refused, StixObject
from watchward.intel.stix.reading import read

__all__ = ["Limits", "Reading", "Refused", "StixObject", "read"]
