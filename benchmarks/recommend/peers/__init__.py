"""Recommenders that see every visitor's row, each as published, with settings tuned on training rows.

numpy and scipy alone, but for `factors` (implicit) and `network` (JAX), which `.venv-peers` runs.
"""
