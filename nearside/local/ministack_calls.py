"""Which calls of AWS's services change something, and which of them must be on disk before their answer.

Standard library only: it runs under the Python that has MiniStack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

KEPT: Final = "nearside-kept"
"""The tag of a queue whose messages are on disk before they are answered."""
READS: Final = (
    "BatchGet", "Change", "Decrypt", "Describe", "Encrypt", "Generate", "Get", "List", "Query", "Receive",
    "Scan", "Sign", "TransactGet", "Verify",
)  # fmt: skip


def changes(method: str, path: str, headers: Mapping[str, str], *_: Any) -> bool:
    """Say whether a request may change something, by its method and, where there is one, its action."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    return method not in {"GET", "HEAD"} and not action.startswith(READS)


def changes_buckets(method: str, path: str, headers: Mapping[str, str], *_: Any) -> bool:
    """Say whether a request to S3 may change more than objects."""
    return method not in {"GET", "HEAD"} and "/" not in path.strip("/")


def sends_kept(tags_of: Callable[[str], Mapping[str, str]]) -> Callable[..., bool]:
    """Return what says of a request to SQS whether it sends a message that must outlive the process.

    `tags_of` returns the tags of a queue by its URL; one with `KEPT` holds what nobody says twice.
    """

    def sends(method: str, path: str, headers: Mapping[str, str], body: bytes = b"", *_: Any) -> bool:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action not in {"SendMessage", "SendMessageBatch"}:
            return False
        return KEPT in tags_of(json.loads(body).get("QueueUrl", ""))

    return sends
