"""Batches of contributions: where they are added up until their release."""
