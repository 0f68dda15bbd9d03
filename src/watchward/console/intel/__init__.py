"""Stored intelligence: collections of STIX objects, where they came from, and who may see them."""
