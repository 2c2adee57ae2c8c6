"""Counts to a release: on which terms, with which noise, about which pairs."""
