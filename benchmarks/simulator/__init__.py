"""Synthetic citizens over the real device: `python -m benchmarks.simulator`."""
