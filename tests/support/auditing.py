"""`nearside ledger audit` as an officer runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from click.testing import CliRunner, Result

from nearside.commands.ledger import ledger
from tests.support.audited import Agency, witness_keys
from tests.support.ledger import log_signer

KEYS = [
    *("--log-key", str(log_signer().key), "--quorum", "2"),
    *(part for key in witness_keys() for part in ("--witness", str(key))),
]


def audit(made: Agency, *arguments: object, officer: bool = True, keys: Sequence[str] = KEYS) -> Result:
    """Run the command as an officer does."""
    own = ["--officer", str(made.officer)] if officer else []
    line = ["audit", str(made.copy), *keys, *own, *(str(argument) for argument in arguments)]
    return CliRunner().invoke(ledger, line)


def answers(result: Result) -> dict[int, dict[str, Any]]:
    """The answers of a JSON report by number."""
    return {answer["number"]: answer for answer in json.loads(result.stdout)["answers"]}
