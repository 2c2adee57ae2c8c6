"""What a deployment that runs could not save late, as its MiniStack tells it (`ministack_watch`)."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from consent_ledger.errors import Refused
from nearside.local.ministack_watch import UNSAVED

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Services that are not saved, by which kind of error, and for how long; none where all is well."""

    services: Mapping[str, str]
    for_s: int

    def __str__(self) -> str:
        """Say it in one line."""
        told = ", ".join(f"{name} ({why})" for name, why in sorted(self.services.items()))
        return f"{told}, for {self.for_s:,} s"


def unsaved_of(endpoint_url: str) -> Unsaved:
    """Ask. Raises `Refused` where nobody answers."""
    try:
        with urllib.request.urlopen(f"{endpoint_url}{UNSAVED}", timeout=_PATIENCE_S) as answer:  # noqa: S310  # our own child on loopback
            told = json.loads(answer.read())
        return Unsaved({str(name): str(why) for name, why in told["services"].items()}, int(told["for_s"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("status: the deployment's services do not answer") from error
