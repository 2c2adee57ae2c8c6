"""Branching questions that are asked, answered and resolved on the device."""
