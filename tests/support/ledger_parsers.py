"""Every parser of the ledger in one list, with good inputs, how it prints back, and how long an input may be.

`tests/property/test_ledger_parsers.py` fuzzes whatever is here, and fails when a parser is not.
"""

from __future__ import annotations

from tests.support.parser import Parser
from tests.support.parsers_of_audits import audit_parsers
from tests.support.parsers_of_records import record_parsers
from tests.support.parsers_of_the_log import log_parsers


def parsers() -> tuple[Parser, ...]:
    """The list."""
    return (*log_parsers(), *record_parsers(), *audit_parsers())
