"""Signing keys in files: for logs and witnesses that no key service serves.

One line, `PRIVATE+KEY+<name>+<key id>+<base64 of type and seed>`: the encoding that Go's note package made
common among tools for transparency logs. The type is 1, Ed25519, also for witnesses.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import print_base64, read_base64, read_hex
from consent_ledger.note import ED25519, check_key
from consent_ledger.storage.whole_file import read_at_most

_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAX_BYTES = 4096


def print_key(name: str, seed: bytes) -> str:
    """The line that holds a private key; `seed` has 32 bytes. Raises `Malformed` for an unusable name."""
    check_key(name, seed)
    key_id = Ed25519Signer.from_seed(name, seed).key.key_id
    return f"{_PREFIX}{name}+{key_id.hex()}+{print_base64(bytes([ED25519]) + seed)}"


def parse_key(text: str) -> Ed25519Signer:
    """Read such a line; raises `Malformed`, also when the key id does not belong to the key."""
    match text.removeprefix(_PREFIX).split("+", 2):
        case [name, key_id, encoded] if text.startswith(_PREFIX):
            data = read_base64(encoded, noun="signing key")
            if len(data) != 1 + _SEED_BYTES or data[0] != ED25519:
                raise Malformed("signing key: not an ed25519 seed")
            signer = Ed25519Signer.from_seed(name, data[1:])
            if read_hex(key_id, 4, noun="signing key: key id") != signer.key.key_id:
                raise Malformed("signing key: the key id belongs to another key")
            return signer
        case _:
            raise Malformed("signing key: not a line with a private key")


def write_key(file: Path, name: str, *, seed: bytes) -> Ed25519Signer:
    """Put a new key into a new file that its owner alone may read.

    Raises `Malformed` for an unusable name, and `Refused`, changing nothing, when the file is there.
    """
    line = print_key(name, seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused("signing key: the file is there already") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(line + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return parse_key(line)


def read_key(file: Path) -> Ed25519Signer:
    """The signer in a key file; raises `Malformed`, and `Refused` when others than its owner may read it."""
    with file.open("rb") as opened:
        if os.fstat(opened.fileno()).st_mode & _OTHERS:
            raise Refused("signing key: others may read the file; make it its owner's alone (mode 600)")
        data = read_at_most(opened, _MAX_BYTES, noun="signing key")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("signing key: not utf-8") from None
    return parse_key(text.removesuffix("\n"))
