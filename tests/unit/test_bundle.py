"""The check of a bundle, rule by rule: with everything else honest, each rule alone refuses.

Whoever breaks the rules here holds the agency's and the ledger's keys, so that no signature gives it away.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BundleLeaf, ErasureLeaf
from consent_ledger.note import sign_note
from edge_client.bundle import CLIENT_VERSION, Bundle, Candidate, Pins, check_bundle, open_bundle
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import FILE_NAMES, FileEntry, Manifest
from edge_client.wire.paths import ItemId
from edge_client.wire.rules import Rules
from edge_client.wire.task import parse_tasks, print_tasks
from tests.support.bundles import bundle_of
from tests.support.city import NOW_S, SITE, City, catalogue, rules

DAY_S = 24 * 60 * 60


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def manifest_of(files: dict[str, bytes], **change: Any) -> Manifest:
    """An everyday manifest of these files, with some fields changed."""
    manifest = Manifest(
        site=SITE,
        version=5,
        previous=None,
        not_before=NOW_S - DAY_S,
        expires=NOW_S + DAY_S,
        min_client="0.1.0",
        keys="00" * 32,
        files={name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in files.items()},
        code={"loader.js": "ab" * 32},
    )
    return replace(manifest, **change)


def served(city: City, manifest: Manifest) -> bytes:
    """`bundle.json` of a manifest that is signed, logged and proven in every form."""
    text = str(manifest)
    leaf = BundleLeaf(manifest.site, manifest.version, hashlib.sha256(text.encode()).digest())
    note = sign_note(text, city.agency).to_bytes().decode()
    return canonical.encode({"v": 1, "manifest": note, "proof": city.log((leaf,), (text.encode(),))})


def check(
    city: City,
    *,
    files: dict[str, bytes] | None = None,
    pins: Pins | None = None,
    now: int = NOW_S,
    **change: Any,
) -> Candidate:
    """What a device makes of a bundle that is honest but for the changes."""
    manifest = manifest_of(dict(city.files().by_name) if files is None else files, **change)
    return check_bundle(served(city, manifest), trust=city.trust, pins=pins or Pins(), now=now)


def digest_of(manifest: Manifest) -> str:
    return hashlib.sha256(str(manifest).encode()).hexdigest()


def test_an_honest_bundle_passes_and_leaves_two_signatures_to_verify(city: City) -> None:
    """The refusals below are for their own reasons; the pins are what this device has now seen."""
    candidate = check(city)
    assert candidate.pins == Pins(5, digest_of(candidate.manifest), 1)
    assert len(candidate.claims) == 2
    verify_claims(candidate.claims)
    bundle = open_bundle(candidate, city.files().by_name)
    assert (bundle.catalogue, bundle.rules, bundle.model) == (catalogue(), Rules.parse(rules()), b"model")


@pytest.mark.parametrize("version", ["0.1.1", "0.2.0", "1.0.0", "0.10.0", "0.1.10"])
def test_a_bundle_for_a_newer_client_is_refused(city: City, version: str) -> None:
    """Versions are numbers, not text: ten comes after two."""
    assert CLIENT_VERSION == "0.1.0"
    with pytest.raises(Refused, match="newer client"):
        check(city, min_client=version)


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.0.10"])
def test_a_bundle_for_this_client_or_an_older_one_is_used(city: City, version: str) -> None:
    """The oldest client that can read a bundle, and all after it."""
    assert check(city, min_client=version).manifest.min_client == version


@pytest.mark.parametrize("version", ["1", "0.1", "0.1.0.0", "0.1.x", "0.1.-1", "0.1.", "a.b.c", "0.1.²"])
def test_a_client_version_is_three_numbers(city: City, version: str) -> None:
    """Anything else could not be compared."""
    with pytest.raises(Malformed, match="three numbers"):
        check(city, min_client=version)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_manifest_without_one_of_the_files_is_untrue(city: City, name: str) -> None:
    """Every device gets the same six files: a bundle without rules would be one without limits."""
    files = dict(city.files().by_name)
    del files[name]
    with pytest.raises(Untrue, match="missing"):
        check(city, files=files)


def test_a_manifest_with_a_file_that_no_device_knows_is_malformed(city: City) -> None:
    """There is no room for a file that only some devices would read."""
    with pytest.raises(Malformed):
        check(city, files={**city.files().by_name, "more.json": b"{}"})


def test_a_smaller_log_is_refused_with_everything_else_honest(city: City) -> None:
    """A proof from a log of the pinned size or more passes, and one entry fewer does not."""
    assert check(city, pins=Pins(4, "00" * 32, 1)).pins.tree_size == 1
    city.log((ErasureLeaf(1, bytes(16)),))
    with pytest.raises(Refused, match="older"):
        check(city, pins=Pins(4, "00" * 32, 4))


def test_an_older_version_is_refused_and_a_newer_one_taken(city: City) -> None:
    """Whatever the log says, a device never goes back."""
    with pytest.raises(Refused, match="older"):
        check(city, pins=Pins(6, "00" * 32, 1))
    assert check(city, pins=Pins(4, "00" * 32, 1)).pins.version == 5


def test_the_pinned_version_is_taken_with_its_own_manifest_only(city: City) -> None:
    """The same bundle again is no news; another one under its number is a lie."""
    manifest = manifest_of(dict(city.files().by_name))
    assert check(city, pins=Pins(5, digest_of(manifest), 1)).manifest == manifest
    with pytest.raises(Untrue, match="another manifest"):
        check(city, pins=Pins(5, "00" * 32, 1))


@pytest.mark.parametrize(("now", "good"), [(-1, False), (0, True), (2 * DAY_S - 1, True), (2 * DAY_S, False)])
def test_a_bundle_is_good_from_its_first_second_to_the_one_before_it_expires(
    city: City, now: int, *, good: bool
) -> None:
    """`now` counts from the manifest's `not_before`, two days before `expires`."""
    if good:
        assert check(city, now=NOW_S - DAY_S + now).manifest.version == 5
    else:
        with pytest.raises(Refused, match="expired or not yet valid"):
            check(city, now=NOW_S - DAY_S + now)


def test_another_site_is_untrue(city: City) -> None:
    """Also when the same agency signs for both."""
    with pytest.raises(Untrue, match="another site"):
        check(city, site="othertown")


def test_a_proof_of_another_version_is_untrue(city: City) -> None:
    """The log's leaf names site, version and hash: the proof of one bundle is none for the next."""
    manifest = manifest_of(dict(city.files().by_name))
    old = json.loads(served(city, manifest))
    new = json.loads(served(city, replace(manifest, version=6)))
    with pytest.raises(Untrue):
        check_bundle(
            canonical.encode(new | {"proof": old["proof"]}), trust=city.trust, pins=Pins(), now=NOW_S
        )


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"more": 1}, {"manifest": None}, {"proof": 1}, {"proof": ""}, {"manifest": "text\n"}],
    ids=repr,
)
def test_what_is_no_bundle_is_malformed(city: City, change: dict[str, object]) -> None:
    """Another shape of `bundle.json`, or a part that does not read."""
    sound = json.loads(served(city, manifest_of(dict(city.files().by_name))))
    with pytest.raises(Malformed):
        check_bundle(canonical.encode(sound | change), trust=city.trust, pins=Pins(), now=NOW_S)


@pytest.mark.parametrize("name", FILE_NAMES)
@pytest.mark.parametrize(
    "damage", [lambda raw: raw + b" ", lambda raw: raw[:-1], lambda raw: b"x" * len(raw)]
)
def test_a_file_that_differs_from_the_manifest_is_untrue(city: City, name: str, damage: Any) -> None:
    """Longer, shorter, or of the same length: the hash is over every byte."""
    files = dict(city.files().by_name)
    with pytest.raises(Untrue, match="not the file that was signed"):
        open_bundle(check(city), {**files, name: damage(files[name])})


def test_a_signed_file_of_another_site_is_untrue(city: City) -> None:
    """A catalogue or a task of another site is not used, although the agency signed for it."""
    files = dict(city.files().by_name)
    foreign = Catalogue("othertown", catalogue().items).to_bytes()
    tasks = print_tasks(tuple(replace(task, site="othertown") for task in parse_tasks(files["tasks.json"])))
    for wrong in ({"catalogue.json": foreign}, {"tasks.json": tasks}):
        with pytest.raises(Untrue, match="another site"):
            open_bundle(check(city, files={**files, **wrong}), {**files, **wrong})


@pytest.mark.parametrize("name", ["catalogue.json", "notices.json", "rules.json", "tasks.json"])
def test_a_signed_file_that_does_not_parse_is_malformed(city: City, name: str) -> None:
    """Signed nonsense is nonsense."""
    files = {**city.files().by_name, name: b"{}"}
    with pytest.raises(Malformed):
        open_bundle(check(city, files=files), files)


def test_pins_are_read_back_as_they_were_written() -> None:
    """What is kept in the browser is all three, whole; anything else is malformed."""
    for pins in (Pins(), Pins(7, "ab" * 32, 123)):
        assert Pins.from_bytes(pins.to_bytes()) == pins
    sound = json.loads(Pins(7, "ab" * 32, 123).to_bytes())
    for change in ({"v": 2}, {"more": 1}, {"version": "7"}, {"manifest": 1}, {"tree_size": None}):
        with pytest.raises(Malformed, match=r"^pins: "):
            Pins.from_bytes(canonical.encode(sound | change))


def test_a_bundle_is_expired_from_the_second_it_names() -> None:
    """Milliseconds before it, it may still be used."""
    bundle = bundle_of(expires=NOW_S)
    assert not bundle.is_expired(NOW_S * 1000 - 1)
    assert bundle.is_expired(NOW_S * 1000)


def with_translations(**rule: tuple[str, ...]) -> Bundle:
    """A bundle whose permit page has a translation outside the catalogue and one within it."""
    items = [
        replace(item, translations={"ar": ItemId("/ar/permit"), "es": ItemId("/moving/address")})
        if item.id == "/parking/permit"
        else item
        for item in catalogue().items
    ]
    return bundle_of(
        pages=Catalogue(SITE, tuple(items)),
        rules_=replace(Rules.parse(rules()), **{"never_topics": ()} | rule),
    )


def test_a_page_is_sensitive_by_its_topic_its_id_or_a_translation_of_it() -> None:
    """And no page is sensitive without a rule that says so."""
    permit, other, foreign = ItemId("/parking/permit"), ItemId("/parking/rules"), ItemId("/ar/permit")
    nothing = with_translations()
    assert not any(nothing.is_sensitive(item) for item in (permit, other, foreign))
    by_topic = with_translations(never_topics=("parking",))
    assert [by_topic.is_sensitive(item) for item in (permit, other, foreign)] == [True, True, False]
    by_id = with_translations(never_items=("/parking/permit",))
    assert [by_id.is_sensitive(item) for item in (permit, other, foreign)] == [True, False, False]
    by_translation = with_translations(never_items=("/ar/permit",))
    assert [by_translation.is_sensitive(item) for item in (permit, other, foreign)] == [True, False, True]
