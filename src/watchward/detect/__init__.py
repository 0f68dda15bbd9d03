"""Sigma: rules, their columnar plan, matches and alerts."""
