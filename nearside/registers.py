"""What may leave a device and what may lie on it, for machines: served with the site as `register.json`.

The first half is the register that docs/what-leaves-the-device.md is printed from; the second is the one by
which the citizen's panel names what it finds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.wire.register import REGISTER, Outgoing
from nearside.docs import until_when
from nearside.edge_runtime.tools import said_by

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = "register.json"


def registers() -> bytes:
    """Print both registers as canonical JSON. Raises `RuntimeError` where Node does not read the second, and
    `Malformed` for a row without words."""
    value: canonical.Json = {"v": 1, "leaves": [_message(each) for each in REGISTER], "stays": _kept_here()}
    return canonical.encode(value)


def _message(message: Outgoing) -> canonical.Json:
    return {
        "name": message.name,
        "method": message.method,
        "path": message.path,
        "consent": message.purpose,
        "bytes": message.size.fixed,
        "bytes_of_task_name": message.size.with_task_name,
        "when": message.sent,
        "learnt": message.learnt,
        "fields": [{"name": field.name, "meaning": field.meaning} for field in message.fields],
        "kept": [{"what": kept.what, "until": until_when(kept)} for kept in message.kept],
    }


def _kept_here() -> canonical.Json:
    rows = canonical.decode(said_by(["node", ROOT / "nearside/edge_runtime/storage.mjs"]))
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not all([row.get("what"), row.get("for"), row.get("until")]):
            raise Malformed("registers: something that is kept is not said in words")
    return rows
