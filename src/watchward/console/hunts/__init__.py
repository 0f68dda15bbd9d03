"""Hunts that travel: asked by one node, answered by others where the events lie; the events themselves stay."""
