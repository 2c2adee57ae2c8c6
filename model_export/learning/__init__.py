"""Releases to a fitted next-page classifier: estimators, tuning, gate, evaluation."""
