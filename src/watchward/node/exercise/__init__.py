"""The exercise: an invented health and care sector, its daily telemetry, and attacks told from published accounts.

Nothing here was written with a detection rule in view: the benign activity resembles real estates, and each attack
story follows public accounts of incidents, so that what a node finds in an exercise says something about what it would
find in life (ADR 0071).
"""
