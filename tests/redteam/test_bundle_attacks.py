"""An attacker who controls what the device fetches: every changed, unsigned, unlogged, stale or older
bundle is refused."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import leaf, log
from consent_ledger.cosignature import cosign
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BundleLeaf, NoticeLeaf
from consent_ledger.tlog_proof import TlogProof
from edge_client.bundle import Bundle
from edge_client.ports import Unreachable
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from lambdas.shared.publishing.publication import LIFETIME_S
from tests.support.city import NOW_S, SITE, City
from tests.support.pair import Pair
from tests.support.tampering import BUNDLE, parts, replace_bundle
from tests.support.witnesses import Panel, witness_signer


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    made.publish()
    return made


def install(city: City, pair: Pair | None = None) -> Bundle:
    pair = pair or Pair(city)

    async def story() -> Bundle:
        await pair.device.open()
        return await pair.device.install()

    return asyncio.run(story())


def test_the_honest_bundle_is_accepted(city: City) -> None:
    """What the agency published is what the device uses: the attacks below fail for their own reasons."""
    assert install(city).manifest.version == 1


def test_any_changed_file_is_refused(city: City) -> None:
    """A cache or a mirror that changes one byte of any file is found out before the file is parsed."""
    manifest = PublishedBundle.from_bytes(city.shelf.files[BUNDLE]).manifest
    for path in [f"nearside/{SITE}/files/{entry.sha256}" for entry in manifest.files.values()]:
        raw = city.shelf.files[path]
        city.shelf.files[path] = raw[:-1] + bytes([raw[-1] ^ 1])
        with pytest.raises(Untrue, match="not the file that was signed"):
            install(city)
        city.shelf.files[path] = raw


def test_any_changed_byte_of_the_manifest_is_refused(city: City) -> None:
    """No byte of the signed manifest can change: form, log proof or signature gives it away."""
    honest = city.shelf.files[BUNDLE]
    text = parts(city)["manifest"]
    for place in range(0, len(text), 7):
        other = "0" if text[place] != "0" else "1"
        replace_bundle(city, manifest=text[:place] + other + text[place + 1 :])
        with pytest.raises((Malformed, Untrue, Refused)):
            install(city)
        city.shelf.files[BUNDLE] = honest


def test_a_bundle_signed_by_another_key_is_refused(city: City) -> None:
    """A thief of the bucket has no key: a bundle under another signature is not used, logged or not."""
    city.agency = Ed25519Signer.from_seed(city.agency.key.name, b"t" * 32)
    honest = Pair(City(city.folder))
    city.publish()
    honest.host.services.city = city
    with pytest.raises(Untrue, match="not signed by a trusted key"):
        install(city, honest)


def test_a_bundle_whose_signature_is_forged_is_refused(city: City) -> None:
    """The right key's name over the wrong signature does not pass."""
    text = parts(city)["manifest"]
    body, _, line = text.rpartition("\n\n")
    head, encoded = line.rstrip("\n").rsplit(" ", 1)
    forged = encoded[:-6] + ("AAAAA=" if not encoded.endswith("AAAAA=") else "BBBBA=")
    replace_bundle(city, manifest=f"{body}\n\n{head} {forged}\n")
    with pytest.raises((Untrue, Malformed)):
        install(city)


def test_an_unlogged_bundle_is_refused(city: City) -> None:
    """An agency that signs a bundle for one victim only, outside the log, is refused by the device."""
    proof = parts(city)["proof"]
    secret = City(city.folder, agency=city.agency)
    secret.publish(b"for one victim")
    city.shelf.files = {**secret.shelf.files, **city.shelf.files}
    replace_bundle(city, manifest=parts(secret)["manifest"], proof=proof)
    with pytest.raises(Untrue):
        install(city)


def test_a_proof_from_another_log_is_refused(city: City) -> None:
    """A log of the attacker's own, under the same origin, is signed by no key that the page names."""
    other = City(
        city.folder,
        agency=city.agency,
        log_signer=Ed25519Signer.from_seed(city.log_signer.key.name, b"o" * 32),
    )
    other.publish()
    replace_bundle(city, **parts(other))
    with pytest.raises(Untrue):
        install(city)


def test_a_bundle_that_too_few_witnesses_have_seen_is_refused(tmp_path: Path) -> None:
    """Whoever holds every key of the agency and of its log makes a bundle for one victim, in a tree for one
    victim: no two witnesses cosign it, and the device that asks for two does not use it."""
    signer = City(tmp_path).log_signer
    city = City(tmp_path, panel=Panel.of(signer.key))
    city.publish()
    assert install(city).manifest.version == 1
    assert city.panel is not None
    secret = City(tmp_path, agency=city.agency)
    secret.publish()
    proof = TlogProof.parse(parts(secret)["proof"])
    helped = cosign(proof.checkpoint, witness_signer(1), cosigned_at=NOW_S)
    for note in (proof.checkpoint, helped):
        replace_bundle(city, **{**parts(secret), "proof": str(replace(proof, checkpoint=note))})
        with pytest.raises(Untrue, match="too few witnesses"):
            install(city)
    helped = cosign(helped, witness_signer(2), cosigned_at=NOW_S)
    replace_bundle(city, **{**parts(secret), "proof": str(replace(proof, checkpoint=helped))})
    assert install(city).manifest.version == 1, "two witnesses who help are what a quorum cannot stop"


def test_a_rollback_to_an_older_bundle_is_refused(city: City) -> None:
    """Who replays last week's bundle, once perfectly good, meets the version that the device has pinned."""
    old = city.shelf.files[BUNDLE]
    city.publish(b"newer model")
    pair = Pair(city)
    assert install(city, pair).manifest.version == 2
    city.shelf.files[BUNDLE] = old
    with pytest.raises(Refused, match="older"):
        install(city, pair)


def test_a_second_manifest_under_a_known_version_is_refused(city: City) -> None:
    """Two bundles of one version cannot both be right: the device keeps the one it has."""
    pair = Pair(city)
    install(city, pair)
    first = PublishedBundle.from_bytes(city.shelf.files[BUNDLE]).manifest
    second = replace(first, expires=first.expires + 1)
    named = BundleLeaf(SITE, second.version, hashlib.sha256(second.to_bytes()).digest())
    proof = city.log((named,), (second.to_bytes(),))
    signed = PublishedBundle.of(sign_manifest(second, city.agency), proof)
    city.shelf.files[BUNDLE] = signed.to_bytes()
    with pytest.raises(Untrue, match="another manifest"):
        install(city, pair)


def test_a_smaller_log_is_refused(city: City) -> None:
    """A log that lost entries since the device last looked is not believed, whatever it says since then.

    Who holds every key starts the log over without some entries and publishes a newer bundle in it:
    signatures, version, proof and dates are right, and a device that never saw the longer log takes it.
    """
    pair = Pair(longer := City(city.folder))
    for number in range(10):
        log.accept(longer.ledger, leaf.to_bytes(NoticeLeaf(bytes([number]) * 32)))
    longer.publish()
    assert install(longer, pair).manifest.version == 1
    city.publish(b"newer model")
    assert install(city).manifest.version == 2
    pinned = pair.host.kept["pins"]
    longer.shelf.files = city.shelf.files
    with pytest.raises(Refused, match="older"):
        install(longer, pair)
    assert pair.host.kept["pins"] == pinned


@pytest.mark.parametrize(
    "move", [lambda now: now + LIFETIME_S + 1, lambda now: now - 2 * 24 * 3600], ids=["expired", "early"]
)
def test_a_bundle_outside_its_dates_is_refused(city: City, move: Callable[[int], int]) -> None:
    """A bundle that is withheld until it is stale, or served before its time, is not used."""
    pair = Pair(city)
    pair.host.at_ms = move(NOW_S) * 1000
    with pytest.raises(Refused, match="expired"):
        install(city, pair)


def test_a_bundle_for_another_site_is_refused(city: City) -> None:
    """One agency's bundle, served on another's page, is not used."""
    pair = Pair(city)
    trust = city.trust
    pair.device._trust = type(trust)("othertown", trust.agency, trust.ledger)
    city.shelf.files["nearside/othertown/bundle.json"] = city.shelf.files[BUNDLE]
    with pytest.raises(Untrue, match="another site"):
        install(city, pair)


def test_a_refused_bundle_leaves_the_last_good_one_in_use(city: City) -> None:
    """After a refusal the session still decides with the bundle it had, and the pins have not moved."""
    pair = Pair(city)
    install(city, pair)
    pinned = pair.host.kept["pins"]
    city.shelf.files[BUNDLE] = b"{}"
    with pytest.raises(Malformed):
        asyncio.run(pair.device.install())
    assert pair.device.session.bundle is not None
    assert pair.host.kept["pins"] == pinned


def test_a_missing_file_is_unreachable_and_nothing_is_pinned(city: City) -> None:
    """A file that does not come is a network failure, to be tried again: nothing is half installed."""
    path = next(path for path in city.shelf.files if "/files/" in path)
    del city.shelf.files[path]
    pair = Pair(city)
    with pytest.raises(Unreachable):
        install(city, pair)
    assert "pins" not in pair.host.kept
