"""Correlations in a running node: fed by the match journal, kept across restarts, told to whoever keeps alerts."""
