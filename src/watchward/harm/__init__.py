"""What the loss of anything does to patients: displaced care, clinical harm, exposed records, and one unit to rank by.

docs/harm/definitions.md gives every formula; `harm.reference` works them out slowly and plainly, the rest quickly.
"""
