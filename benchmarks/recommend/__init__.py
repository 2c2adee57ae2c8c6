"""How well next pages are predicted, beside recommenders that see raw rows: `python -m benchmarks.recommend`.

Imports nothing: the peers that need libraries of their own run from here in an environment of their own.
"""
