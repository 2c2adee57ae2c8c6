"""The code that devices run, read back from the shelf that it is served from.

What a manifest commits to is what is really there: neither a build nor a folder on somebody's disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from consent_ledger.errors import Untrue

PREFIX: Final = "nearside/"
LOADER: Final = "loader.js"
TWIN: Final = ".br"
"""What the name of a file ends in that is another one, compressed: it is served in that one's place."""
SUMS: Final = "SHA256SUMS"
"""The list of a runtime's files, as `sha256sum` reads it: it stands for all of them in a manifest."""
_RUNTIME: Final = re.compile(rb"/nearside/runtime/([0-9a-f]{16})/")
_OF_A_BUNDLE: Final = re.compile(r"[^/]+/(?:bundle\.(?:json|note)|files/.*)")


class Listing(Protocol):
    """A shelf of public files that can tell what it holds."""

    def read(self, path: str) -> bytes | None:
        """Return a file as browsers get it, or None."""
        ...

    def paths(self, prefix: str) -> Iterable[str]:
        """List the paths of all files that begin with `prefix`."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What devices run: `hashes` maps each path below `/nearside/` to its SHA-256 in hex.

    Of a runtime that has a list of its files, the list alone is named: a manifest is as long as a key signs
    at once, and no longer.
    `replaceable` holds the bytes of files under a name that the next deployment gives to other bytes.
    """

    hashes: Mapping[str, str]
    replaceable: Mapping[str, bytes]


def read_device_code(shelf: Listing) -> DeviceCode:
    """Read the loader, the one runtime that it names, and whatever else lies beside them.

    Runtimes of earlier loaders stay on the shelf and are not in force. Empty where there is no loader: a site
    may be served to devices that bring their own. Raises `Untrue` when the loader names no runtime or more
    than one, or the runtime is not what its name or its list says.
    """
    loader = shelf.read(PREFIX + LOADER)
    if loader is None:
        return DeviceCode({}, {})
    named = {found.decode() for found in _RUNTIME.findall(loader)}
    if len(named) != 1:
        raise Untrue("device code: the loader does not name one runtime")
    runtime = f"runtime/{named.pop()}/"
    hashes: dict[str, str] = {}
    replaceable: dict[str, bytes] = {}
    for whole in sorted(shelf.paths(PREFIX)):
        path = whole.removeprefix(PREFIX)
        if _OF_A_BUNDLE.fullmatch(path) or (path.startswith("runtime/") and not path.startswith(runtime)):
            continue
        data = shelf.read(whole)
        if data is None:
            raise Untrue("device code: a file went while it was read")
        hashes[path] = hashlib.sha256(data).hexdigest()
        if not path.startswith(runtime):
            replaceable[path] = data
    parts = {
        path.removeprefix(runtime): bytes.fromhex(digest)
        for path, digest in hashes.items()
        if path.startswith(runtime)
    }
    listed = parts.pop(SUMS, None)
    if f"runtime/{name_of_runtime(parts)}/" != runtime:
        raise Untrue("device code: the runtime is not the one that its name says")
    if listed is not None:
        if listed != hashlib.sha256(sums_of(parts).encode()).digest():
            raise Untrue("device code: the list of the runtime's files is not of them")
        hashes = {
            path: digest
            for path, digest in hashes.items()
            if not path.startswith(runtime) or path == runtime + SUMS
        }
    return DeviceCode(hashes, replaceable)


def sums_of(hashes: Mapping[str, bytes]) -> str:
    """Return the list of a runtime's files; `hashes` maps each file's path to its SHA-256."""
    return "".join(f"{hashes[path].hex()}  {path}\n" for path in sorted(hashes))


def name_of_runtime(hashes: Mapping[str, bytes]) -> str:
    """Return the folder name of a runtime, 16 hex digits; `hashes` maps each file's path to its SHA-256."""
    whole = hashlib.sha256()
    for path in sorted(hashes):
        whole.update(path.encode() + b"\0" + hashes[path])
    return whole.hexdigest()[:16]
