"""Adapters that several functions share."""
