"""The keys that the issuer of one machine signs tokens with: files that their owner alone reads.

The newest signs. An older one is published for as long as a token that it signed can be valid.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from consent_ledger.errors import Malformed, Refused
from consent_ledger.storage.whole_file import PRIVATE, read_at_most, replace_file

LONGEST_TOKEN_S: Final = 3600
"""No token is valid for longer."""

ROTATE_AFTER_S: Final = 30 * 86400
"""How old the newest key may be when the deployment starts."""

_KEY_BITS: Final = 2048
_MAX_BYTES: Final = 16384
_NAME: Final = re.compile(r"([1-9][0-9]{0,12})\.pem")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key, `made_at` in seconds since 1970; its id is the thumbprint of its public half (RFC 7638)."""

    made_at: int
    private: RSAPrivateKey

    @property
    def kid(self) -> str:
        """What tokens call it."""
        public = self._public()
        members = {name: public[name] for name in ("e", "kty", "n")}
        printed = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
        return base64url_encode(hashlib.sha256(printed).digest()).decode()

    def jwk(self) -> dict[str, str]:
        """The public half, as key sets have it."""
        public = self._public()
        return {
            "alg": "RS256",
            "e": public["e"],
            "kid": self.kid,
            "kty": "RSA",
            "n": public["n"],
            "use": "sig",
        }

    def _public(self) -> dict[str, Any]:
        return RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)


def make_key() -> RSAPrivateKey:
    """Make a key, of the size that API Gateway and Cognito have."""
    return generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """A folder of keys, each in a file named after the second that it was made in; `make` makes another."""

    folder: Path
    make: Callable[[], RSAPrivateKey] = make_key

    def all(self) -> tuple[SigningKey, ...]:
        """Return all keys, the newest first.

        Raises `Malformed` for what is no such key, and `Refused` for one that others may read.
        """
        return tuple(SigningKey(made_at, _read(self._file(made_at))) for made_at in self._made_at())

    def newest(self) -> SigningKey:
        """Return the key that signs. Raises `Refused` where there is none, and as `all`."""
        times = self._made_at()
        if not times:
            raise Refused("issuer: there is no signing key; start nearside up, which makes one")
        return SigningKey(times[0], _read(self._file(times[0])))

    def rotate(self, now: int, *, at_once: bool = False) -> SigningKey:
        """Make a key and sign by it from now on; `at_once` takes every older key's tokens out of force."""
        older = self._made_at()
        key = SigningKey(max([now, *(made_at + 1 for made_at in older)]), self.make())
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        replace_file(self._file(key.made_at), pem, mode=PRIVATE)
        for made_at in older if at_once else ():
            self._file(made_at).unlink(missing_ok=True)
        return key

    def keep_current(self, now: int) -> None:
        """Rotate where the newest key is old or there is none, and delete those that nothing hangs on."""
        times = self._made_at()
        if not times or now - times[0] >= ROTATE_AFTER_S:
            self.rotate(now)
        for newer, older in pairwise(self._made_at()):
            # The older one signed until the newer one was made.
            if now - newer > LONGEST_TOKEN_S:
                self._file(older).unlink(missing_ok=True)

    def _made_at(self) -> list[int]:
        """When each key was made, the newest first, as the names of their files say."""
        found = (_NAME.fullmatch(file.name) for file in self.folder.glob("*.pem"))
        return sorted((int(name[1]) for name in found if name), reverse=True)

    def _file(self, made_at: int) -> Path:
        return self.folder / f"{made_at}.pem"


def _read(file: Path) -> RSAPrivateKey:
    if file.stat().st_mode & _OTHERS:
        raise Refused("issuer: a signing key may be read by others; it is to be its owner's alone")
    try:
        key = load_pem_private_key(read_at_most(file, _MAX_BYTES, noun="issuer: signing key"), password=None)
    except (ValueError, TypeError) as error:
        raise Malformed("issuer: a signing key is damaged; delete its file to have another made") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _KEY_BITS:
        raise Malformed("issuer: a signing key is none of RSA with 2048 bits or more")
    return key
