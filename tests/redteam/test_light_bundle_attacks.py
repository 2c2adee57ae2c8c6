"""An attacker who controls what a device without Python fetches: refused as by Python, and for the same."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import leaf, log
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BundleLeaf, NoticeLeaf
from edge_client.ports import Unreachable
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from lambdas.shared.publishing.publication import LIFETIME_S
from tests.support.city import NOW_S, SITE, City
from tests.support.node_twin import Twin, in_javascript
from tests.support.pair import Pair
from tests.support.tampering import BUNDLE, parts, replace_bundle
from tests.support.witnesses import Panel

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "vectors/publications"
USED = ("catalogue.json", "rules.json")


@pytest.fixture(scope="module")
def javascript() -> Iterator[Twin]:
    with in_javascript(ROOT / "support/light_batch.mjs") as twin:
        yield twin


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    made.publish()
    return made


def by_python(city: City, pair: Pair) -> str:
    """Install what the shelf holds; say what it was, or the pins of what was accepted."""

    async def story() -> None:
        await pair.device.open()
        await pair.device.install()

    try:
        asyncio.run(story())
    except (Malformed, Untrue, Refused, Unreachable) as error:
        return type(error).__name__
    return pair.host.kept["pins"].decode()


def by_javascript(city: City, pair: Pair, javascript: Twin) -> str:
    """Do the same without Python, from the same pins at the same time."""
    trust = pair.device._trust
    answer = javascript(
        {
            "do": "open",
            "raw": b64encode(city.shelf.files[f"nearside/{trust.site}/bundle.json"]).decode(),
            "files": {
                path.rpartition("/")[2]: b64encode(raw).decode()
                for path, raw in city.shelf.files.items()
                if "/files/" in path
            },
            "site": trust.site,
            "agency": str(trust.agency),
            "ledger": str(trust.ledger),
            "pins": pair.host.kept["pins"].decode() if "pins" in pair.host.kept else None,
            "now": pair.host.at_ms // 1000,
        }
    )
    return answer if isinstance(answer, str) else str(answer["error"])


def another_key(city: City) -> None:
    thief = City(city.folder, agency=Ed25519Signer.from_seed(city.agency.key.name, b"t" * 32))
    thief.publish()
    replace_bundle(city, **parts(thief))


def forged_signature(city: City) -> None:
    body, _, line = parts(city)["manifest"].rpartition("\n\n")
    head, encoded = line.rstrip("\n").rsplit(" ", 1)
    forged = encoded[:20] + ("A" if encoded[20] != "A" else "B") + encoded[21:]
    replace_bundle(city, manifest=f"{body}\n\n{head} {forged}\n")


def unlogged(city: City) -> None:
    secret = City(city.folder, agency=city.agency)
    secret.publish(b"for one victim")
    city.shelf.files = {**secret.shelf.files, **city.shelf.files}
    replace_bundle(city, manifest=parts(secret)["manifest"])


def another_log(city: City) -> None:
    signer = Ed25519Signer.from_seed(city.log_signer.key.name, b"o" * 32)
    other = City(city.folder, agency=city.agency, log_signer=signer)
    other.publish()
    replace_bundle(city, **parts(other))


def no_bundle(city: City) -> None:
    city.shelf.files[BUNDLE] = b"{}"


def sound(city: City) -> None:
    """What the agency published: the attacks fail for their own reasons."""


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        (sound, '{"manifest"'),
        (another_key, "Untrue"),
        (forged_signature, "Untrue"),
        (unlogged, "Untrue"),
        (another_log, "Untrue"),
        (no_bundle, "Malformed"),
    ],
)
def test_what_is_not_the_agencys_is_refused(
    city: City, javascript: Twin, attack: Callable[[City], None], expected: str
) -> None:
    """Another key, a forged signature, a bundle outside the log, a log of somebody else's: as Python."""
    attack(city)
    found = by_javascript(city, Pair(city), javascript)
    assert found.startswith(expected)
    assert found == by_python(city, Pair(city))


def test_any_changed_byte_is_refused(city: City, javascript: Twin) -> None:
    """No byte of the manifest can change, nor of a file that rules need."""
    honest = city.shelf.files[BUNDLE]
    text = parts(city)["manifest"]
    for place in range(0, len(text), 23):
        replace_bundle(city, manifest=text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :])
        assert by_javascript(city, Pair(city), javascript) in ("Malformed", "Untrue", "Refused"), place
        city.shelf.files[BUNDLE] = honest
    files = PublishedBundle.from_bytes(honest).manifest.files
    for name in USED:
        path = f"nearside/{SITE}/files/{files[name].sha256}"
        raw = city.shelf.files[path]
        city.shelf.files[path] = raw[:-1] + bytes([raw[-1] ^ 1])
        assert (name, by_javascript(city, Pair(city), javascript)) == (name, "Untrue")
        city.shelf.files[path] = raw


def test_what_is_older_or_another_is_refused(city: City, javascript: Twin) -> None:
    """A replayed version, a second manifest under a known one, and a log that lost entries."""
    old, pair = city.shelf.files[BUNDLE], Pair(city)
    assert by_python(city, pair).startswith("{")
    first = PublishedBundle.from_bytes(old).manifest
    second = replace(first, expires=first.expires + 1)
    proof = city.log(
        (BundleLeaf(SITE, second.version, hashlib.sha256(second.to_bytes()).digest()),), (second.to_bytes(),)
    )
    city.shelf.files[BUNDLE] = PublishedBundle.of(sign_manifest(second, city.agency), proof).to_bytes()
    assert by_javascript(city, pair, javascript) == by_python(city, pair) == "Untrue"
    city.publish(b"newer model")
    assert by_python(city, pair).startswith("{")
    city.shelf.files[BUNDLE] = old
    assert by_javascript(city, pair, javascript) == by_python(city, pair) == "Refused"


def test_a_smaller_log_is_refused(city: City, javascript: Twin) -> None:
    """Who starts the log over is not believed by a device that saw the longer one."""
    longer = City(city.folder)
    for number in range(10):
        log.accept(longer.ledger, leaf.to_bytes(NoticeLeaf(bytes([number]) * 32)))
    longer.publish()
    pair = Pair(longer)
    assert by_python(longer, pair).startswith("{")
    city.publish(b"newer model")
    longer.shelf.files = city.shelf.files
    assert by_javascript(longer, pair, javascript) == by_python(longer, pair) == "Refused"


@pytest.mark.parametrize("seconds", [LIFETIME_S + 1, -2 * 24 * 3600], ids=["expired", "early"])
def test_a_bundle_outside_its_dates_is_refused(city: City, javascript: Twin, seconds: int) -> None:
    """A bundle that is withheld until it is stale, or served before its time, is not used."""
    pair = Pair(city)
    pair.host.at_ms = (NOW_S + seconds) * 1000
    assert by_javascript(city, pair, javascript) == by_python(city, pair) == "Refused"


def test_a_bundle_for_another_site_is_refused(city: City, javascript: Twin) -> None:
    """One agency's bundle, served on another's page, is not used."""
    pair, trust = Pair(city), city.trust
    pair.device._trust = type(trust)("othertown", trust.agency, trust.ledger)
    city.shelf.files["nearside/othertown/bundle.json"] = city.shelf.files[BUNDLE]
    assert by_javascript(city, pair, javascript) == by_python(city, pair) == "Untrue"


def test_a_bundle_that_too_few_witnesses_have_seen_is_refused(tmp_path: Path, javascript: Twin) -> None:
    """A device whose page asks for two witnesses counts them without Python, too."""
    city = City(tmp_path, panel=Panel.of(City(tmp_path).log_signer.key))
    city.publish()
    assert by_javascript(city, Pair(city), javascript) == by_python(city, Pair(city))
    secret = City(tmp_path, agency=city.agency)
    secret.publish()
    replace_bundle(city, **parts(secret))
    assert by_javascript(city, Pair(city), javascript) == by_python(city, Pair(city)) == "Untrue"


def test_manifests_are_read_alike(javascript: Twin) -> None:
    """What may be a manifest, and what may not, is the same in both languages."""
    good, bad = (
        json.loads((VECTORS / name).read_text(encoding="utf-8"))["manifests"]
        for name in ("manifests.json", "bad_manifests.json")
    )

    def read(case: dict[str, Any]) -> Any:
        return javascript({"do": "manifest", "text": case["text"]})

    assert [case["what"] for case in good if not isinstance(read(case), int)] == []
    found = [(case["why"], read(case)) for case in bad]
    assert [why for why, answer in found if isinstance(answer, int) or answer["error"] != "Malformed"] == []
