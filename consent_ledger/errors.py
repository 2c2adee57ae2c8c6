"""Three ways in which something that was read can be unacceptable.

Every message is lower case, begins with the noun that was being read, and quotes nothing from the input:
errors reach logs, and inputs may hold personal data.
"""

from __future__ import annotations


class Malformed(ValueError):
    """These bytes are not what they claim to be."""


class Untrue(Exception):
    """Well formed, but false: keep the bytes, they are evidence."""


class Refused(Exception):
    """Well formed and possibly true, but policy says no."""
