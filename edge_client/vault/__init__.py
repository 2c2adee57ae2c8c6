"""Answers to forms that a citizen asked this device to keep for the next time."""
