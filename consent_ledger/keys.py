"""The key list: which public keys are in force at a log, logged whenever it changes.

Whoever replays the log finds in it who could sign checkpoints, cosignatures and bundles, and since which
entry; a key that is used and was never listed is then seen by everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from consent_ledger import canonical
from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import WitnessKey
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.note import VerifierKey

MAX_KEYS = 32
"""The most keys of one kind."""

MAX_KEY_LIST_BYTES = 64 * 1024
MAX_NAME = 512

_Key = TypeVar("_Key", VerifierKey, WitnessKey)


@dataclass(frozen=True, slots=True)
class KeyList:
    """The keys in force: the log's, its witnesses' with how many must cosign, and those that sign bundles.

    Each tuple is sorted by its keys' text and holds no key twice, so that equal sets are equal bytes.
    """

    origin: str
    log: tuple[VerifierKey, ...]
    witnesses: tuple[WitnessKey, ...] = ()
    quorum: int = 0
    bundles: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        for keys in (self.log, self.witnesses, self.bundles):
            names = [str(key) for key in keys]
            if names != sorted(set(names)) or len(names) > MAX_KEYS:
                raise Malformed("key list: keys are not sorted, there twice or too many")
        if not self.log or any(key.name != self.origin for key in self.log):
            raise Malformed("key list: a log key is missing or not named after the origin")
        if not 0 <= self.quorum <= len(self.witnesses):
            raise Malformed("key list: quorum of more witnesses than there are")

    @classmethod
    def of(
        cls,
        origin: str,
        log: Sequence[VerifierKey],
        *,
        witnesses: Sequence[WitnessKey] = (),
        quorum: int = 0,
        bundles: Sequence[VerifierKey] = (),
    ) -> KeyList:
        """Make a key list of keys in any order. Raises `Malformed`."""
        return cls(origin, _sorted(log), _sorted(witnesses), quorum, _sorted(bundles))

    @classmethod
    def from_bytes(cls, data: bytes) -> KeyList:
        """Read canonical JSON. Raises `Malformed` unless it prints back byte for byte."""
        fields = Fields(canonical.decode(data, max_bytes=MAX_KEY_LIST_BYTES), "key list")
        fields.whole("v", low=1, high=1)
        parsed = cls(
            origin=fields.text("origin", max_length=MAX_NAME),
            log=_keys(fields, "log", VerifierKey.parse),
            witnesses=_keys(fields, "witnesses", WitnessKey.parse),
            quorum=fields.whole("quorum", high=MAX_KEYS),
            bundles=_keys(fields, "bundles", VerifierKey.parse),
        )
        fields.done()
        return parsed

    def to_bytes(self) -> bytes:
        """Print canonical JSON; its SHA-256 is what a `keys` leaf logs."""
        return canonical.encode(
            {
                "v": 1,
                "origin": self.origin,
                "log": [str(key) for key in self.log],
                "witnesses": [str(key) for key in self.witnesses],
                "quorum": self.quorum,
                "bundles": [str(key) for key in self.bundles],
            }
        )

    def log_keys(self) -> LogKeys:
        """What a verifier of the log's checkpoints trusts when it trusts this list."""
        return LogKeys(self.origin, self.log, self.witnesses, self.quorum)


def _sorted(keys: Sequence[_Key]) -> tuple[_Key, ...]:
    return tuple(sorted(keys, key=str))


def _keys(fields: Fields, name: str, parse: Callable[[str], _Key]) -> tuple[_Key, ...]:
    rows: list[Any] = fields.rows(name, max_length=MAX_KEYS)
    if not all(isinstance(row, str) and len(row) <= MAX_NAME for row in rows):
        raise Malformed(f"key list: {name} holds something else than verifier keys")
    return tuple(parse(row) for row in rows)
