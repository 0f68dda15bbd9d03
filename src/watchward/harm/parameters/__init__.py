"""Every number that harm is worked out with: value, range, unit, source, and whether it is an assumption.

The tables are the CSV files beside this module; docs/harm/parameters.md is made from them.
"""
