"""Measurements of the running product: one script per claim, each run as `python -m bench.<name>`."""
