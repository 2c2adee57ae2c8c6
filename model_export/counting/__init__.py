"""Logs and tables of visits to bounded counts of page pairs."""
