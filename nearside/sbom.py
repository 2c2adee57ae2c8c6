"""What is shipped to servers, printed from the hashed locks as CycloneDX 1.6, without a network.

Each lock lists what is installed and the hashes of every file that may be; https://cyclonedx.org/docs/1.6/json/
has the format. The time and the serial number that it allows are left out, so that two runs print the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from consent_ledger.errors import Malformed
from nearside.settings import Settings

SHIPPED: Final = ("runtime", "trainer", "publisher", "importer")
_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def components(lock: str) -> Iterator[dict[str, Any]]:
    """Read a lock: one component for each pinned package. Raises `Malformed` for one without hashes."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock.replace("\\\n", " ")):
        found = _PINNED.match(entry)
        if found is None:
            continue
        name, version = found[1].lower(), found[2]
        hashes = sorted(_HASH.findall(entry))
        if not hashes:
            raise Malformed(f"lock: {name} has no hashes")
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            # Which of a package's files is installed hangs on the machine: each is named.
            "properties": [{"name": "nearside:sha256", "value": each} for each in hashes],
        }


def packages(lock: str) -> Iterator[dict[str, Any]]:
    """Read npm's lock: a component for each package that is no tool of ours. Raises `Malformed` likewise."""
    for place, entry in sorted(json.loads(lock)["packages"].items()):
        name = place.rpartition("node_modules/")[2]
        if not name or entry.get("dev"):
            continue
        if "integrity" not in entry:
            raise Malformed(f"lock: {name} has no hashes")
        yield {
            "type": "library",
            "name": name,
            "version": entry["version"],
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}",
            "properties": [{"name": "nearside:integrity", "value": entry["integrity"]}],
        }


def bill(group: str, found: Iterable[dict[str, Any]]) -> bytes:
    """Print the bill of one lock's components."""
    said = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": f"nearside-{group}"}},
        "components": list(found),
    }
    return json.dumps(said, indent=1, sort_keys=True).encode("utf-8") + b"\n"


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder.")
def main(out: Path) -> None:
    """Write one bill for each package that is uploaded, and one for what devices load."""
    out.mkdir(parents=True, exist_ok=True)
    project = Settings.read().project
    locks = {group: (project / "requirements" / f"{group}.txt").read_text("utf-8") for group in SHIPPED}
    bills = {group: bill(group, components(lock)) for group, lock in locks.items()}
    bills["devices"] = bill("devices", packages((project / "package-lock.json").read_text("utf-8")))
    for group, data in bills.items():
        (out / f"{group}.json").write_bytes(data)
        click.echo(f"{out}/{group}.json: {len(json.loads(data)['components'])} components")


if __name__ == "__main__":
    main()
