"""Sigma as it is written: rule files read, checked, and turned into conditions."""
