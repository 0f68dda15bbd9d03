"""Indicators by the million: what of them stands in the values of events.

`exact.folder` keeps a set of indicators in files, `exact.sets` looks for them in batches, `exact.carried` says what a
value carries.
"""
