"""What may happen at an issuer of tokens while somebody's roles are being changed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.agency_api import Api


class Killed(BaseException):
    """A function ends with its time, and nothing in it hears of that."""


def at_issuer(api: Api, verb: str, happens: Callable[[], object], *, fails: BaseException | None) -> None:
    """Have something happen while a verb is under way at the issuer, once; then it fails, or is done."""
    whole = getattr(api.town.people, verb)

    def meanwhile(*asked: Any) -> Any:
        setattr(api.town.people, verb, whole)
        happens()
        if fails is not None:
            raise fails
        return whole(*asked)

    setattr(api.town.people, verb, meanwhile)
