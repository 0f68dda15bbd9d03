"""Patterns that are more than exact values, as they are looked for now.

`live.folder` keeps them in a file, `live.pattern` says what each is, `live.looking` looks for them in batches.
"""
