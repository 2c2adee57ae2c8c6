"""The officer's folder: opened records, registers, what witnesses hold (docs/formats/audit.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consent_ledger.auditing.material import Inventory, NamedFile
from consent_ledger.checkpoint import read_decimal
from consent_ledger.errors import Malformed
from consent_ledger.fields import read_hex
from consent_ledger.leaf import NONCE_BYTES
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.storage.whole_file import read_at_most

OPENINGS: Final = "openings"
ACCESSES: Final = "accesses"
ERASURES: Final = "erasures"
WITNESSES: Final = "witnesses"
INVENTORY: Final = "inventory"
UNFINISHED: Final = "unfinished"
MAX_FILE_BYTES: Final = 128 * 1024 * 1024
"""The longest that any file but the inventory may be: that of an opening of a million records."""


@dataclass(frozen=True, slots=True)
class OfficerFolder:
    """An `Officer` in a folder; nothing is ever written."""

    folder: Path

    def openings(self) -> Iterator[NamedFile]:
        """See `Officer.openings`."""
        return named_files(self.folder / OPENINGS, suffix=".json")

    def accesses(self) -> Iterator[NamedFile]:
        """See `Officer.accesses`."""
        return named_files(self.folder / ACCESSES, suffix=".json")

    def access(self, name: str) -> bytes | None:
        """See `Officer.access`."""
        return self._register(ACCESSES, name)

    def erasures(self) -> Iterator[NamedFile]:
        """See `Officer.erasures`."""
        return named_files(self.folder / ERASURES, suffix=".json")

    def erasure(self, name: str) -> bytes | None:
        """See `Officer.erasure`."""
        return self._register(ERASURES, name)

    def inventory(self) -> Inventory | None:
        """See `Officer.inventory`; raises `Malformed`, also while its entries are read."""
        file = self.folder / INVENTORY
        if not file.is_file():
            return None
        with file.open(encoding="ascii", errors="replace") as lines:
            size, _, until = lines.readline().removesuffix("\n").partition(" ")
        return Inventory(
            read_decimal(size, noun="inventory: size"),
            read_decimal(until, noun="inventory: size"),
            _hashes(file),
            frozenset(_unfinished(self.folder / UNFINISHED)),
        )

    def witnessed(self) -> Iterator[NamedFile]:
        """Checkpoints as witnesses hold them."""
        return named_files(self.folder / WITNESSES, suffix="")

    def _register(self, register: str, name: str) -> bytes | None:
        read_hex(name, NONCE_BYTES, noun="register")
        file = self.folder / register / f"{name}.json"
        return _read(file) if file.is_file() else None


def named_files(folder: Path, *, suffix: str) -> Iterator[NamedFile]:
    """The files of a folder by name without the suffix, in the order of names; none when it is missing.

    Raises `Malformed` for one of more than `MAX_FILE_BYTES`.
    """
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name.endswith(suffix):
            yield file.name.removesuffix(suffix), _read(file)


def _unfinished(file: Path) -> Iterator[bytes]:
    """The ids of erasures that were under way when the inventory was taken."""
    if file.is_file():
        text = read_at_most(file, MAX_FILE_BYTES, noun="unfinished").decode("ascii", errors="replace")
        for line in text.splitlines():
            yield read_hex(line.partition(" ")[0], NONCE_BYTES, noun="unfinished: id")


def _read(file: Path) -> bytes:
    return read_at_most(file, MAX_FILE_BYTES, noun=f"officer's folder: {file.parent.name}")


def _hashes(file: Path) -> Iterator[bytes]:
    with file.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if number == 1:
                continue
            try:
                yield read_hex(line.removesuffix("\n"), HASH_BYTES, noun="inventory")
            except Malformed:
                raise Malformed(f"inventory: line {number} is no leaf hash") from None
