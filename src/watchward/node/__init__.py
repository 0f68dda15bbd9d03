"""Configuration, wiring, processes and the command line: the only package that knows both halves."""
