"""The live bundle as whoever publishes finds it: whole after every crash, and the last in the log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consent_ledger import documents, leaf, log
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import AuditAccessLeaf, BundleLeaf, Leaf
from consent_ledger.tiles import WIDTH
from edge_client.wire.bundle import PublishedBundle
from lambdas.shared.publishing.live_bundle import finish, last_of, live_bundle, path_of_bundle, path_of_note
from lambdas.shared.publishing.publication import Published, publish
from lambdas.shared.standing import bundles_since, check_newest, place_of
from tests.support.city import NOW_S, SITE, City, CityLog, MemoryShelf

BUNDLE, NOTE = path_of_bundle(SITE), path_of_note(SITE)


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    made.publish()
    return made


def found(city: City) -> PublishedBundle:
    bundle = live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)
    assert bundle is not None
    return bundle


def opened(city: City, count: int) -> None:
    """Log entries that name no document: officers who opened records."""
    leaves = tuple(AuditAccessLeaf(1, at.to_bytes(16)) for at in range(count))
    if leaves:
        city.log(leaves)


class Dead(Exception):
    """The machine stopped."""


@dataclass
class DyingShelf(MemoryShelf):
    """A shelf whose deployer dies instead of the write number `last`, counted from nought."""

    last: int = 0
    written: list[str] = field(default_factory=list)

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        """Put a file on the shelf, or die."""
        self._step(path)
        super().write(path, data, immutable=immutable)

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        """Put a file in the place of another, or die."""
        self._step(path)
        return super().replace(path, data, before=before)

    def _step(self, path: str) -> None:
        if len(self.written) == self.last:
            raise Dead
        self.written.append(path)


@dataclass(frozen=True)
class DyingLog(CityLog):
    """A log whose deployer dies at its first entry, or once it took all in; `pending` ones wait for their
    place."""

    takes_in: bool
    pending: bool = False

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        """Die."""
        if self.pending:
            for path, data in documents.gather(leaves, public).items():
                self.storage.write_once(path, data)
            for entry in leaves:
                log.accept(self.storage, leaf.to_bytes(entry))
            raise Refused("ledger: the sequencer did not publish in time")
        if self.takes_in:
            super().__call__(leaves, public)
        raise Dead


def publish_by(city: City, ledger: CityLog) -> Published:
    """Publish the city's next bundle by way of another log."""
    files = city.files(b"newer")
    return publish(files, shelf=city.shelf, signer=city.agency, log=ledger, keys=city.keys, now=NOW_S + 1)


def dying(folder: Path, *, last: int) -> tuple[City, DyingShelf]:
    """A city whose second bundle is stopped instead of a write."""
    made = City(folder)
    made.publish()
    made.shelf = DyingShelf(made.shelf.files, last=last)
    return made, made.shelf


def test_stopped_before_any_write_what_was_signed_is_finished(tmp_path: Path) -> None:
    """And what was not is not: what is live is whole, and the next one follows it."""
    whole, shelf = dying(tmp_path / "whole", last=10**6)
    whole.publish(b"newer")
    assert shelf.written[-2:] == [NOTE, BUNDLE]
    for at in range(len(shelf.written)):
        city, stopped = dying(tmp_path / str(at), last=at)
        with pytest.raises(Dead):
            city.publish(b"newer")
        city.shelf = MemoryShelf(stopped.files)
        live = finish(city.shelf, SITE, log=city.log, keys=city.keys)
        assert live == found(city)
        assert live.manifest.version == (2 if NOTE in stopped.written else 1)
        assert city.publish(b"newest").version == live.manifest.version + 1
        assert found(city).manifest.previous == live.manifest_hash.hex()


@pytest.mark.parametrize("takes_in", [True, False])
def test_stopped_around_the_log_what_was_signed_is_finished(city: City, takes_in: bool) -> None:
    """With all its leaves and documents, whether or not the log had them."""
    with pytest.raises(Dead):
        publish_by(city, DyingLog(city, takes_in=takes_in))
    assert PublishedBundle.from_bytes(city.shelf.files[BUNDLE]).manifest.version == 1
    live = finish(city.shelf, SITE, log=city.log, keys=city.keys)
    assert live is not None
    assert live == found(city)
    assert live.manifest.version == 2
    assert city.ledger.read(f"documents/{live.manifest_hash.hex()}") == live.manifest.to_bytes()
    assert city.publish().version == 3


def test_what_waits_for_its_place_in_the_log_is_not_overtaken(city: City) -> None:
    """The sequencer was late: the bundle that it has is finished first, so that there are never two."""
    with pytest.raises(Refused, match="in time"):
        publish_by(city, DyingLog(city, takes_in=True, pending=True))
    with pytest.raises(Refused, match="in time"):
        publish_by(city, DyingLog(city, takes_in=True, pending=True))
    assert city.publish().version == 3
    versions = [
        each.version
        for _, each in bundles_since(0, site=SITE, storage=city.ledger, trusted=city.trust.ledger)
    ]
    assert versions == [1, 2, 3]


def test_the_first_bundle_is_finished_too(tmp_path: Path) -> None:
    """Upon nothing."""
    city = City(tmp_path)
    with pytest.raises(Dead):
        publish_by(city, DyingLog(city, takes_in=False))
    assert live_bundle(city.shelf, SITE, log=city.log, keys=city.keys) is None
    assert city.publish().version == 2


def test_what_is_finished_is_what_was_signed_upon_the_live_bundle(city: City) -> None:
    """A note of long ago, put back, is not published again."""
    old = city.shelf.files[NOTE]
    city.publish(b"newer")
    city.shelf.files[NOTE] = old
    live = finish(city.shelf, SITE, log=city.log, keys=city.keys)
    assert live is not None
    assert (live.manifest.version, live) == (2, found(city))


def test_after_a_change_of_keys_the_next_bundle_follows_by_the_log(city: City) -> None:
    """What the old key signed is not built upon, and is not forgotten either."""
    old = found(city)
    city.agency = Ed25519Signer.from_seed("smallville.example/bundles", b"n" * 32)
    with pytest.raises(Untrue, match="not signed"):
        finish(city.shelf, SITE, log=city.log, keys=city.keys)
    assert city.publish().version == 2
    assert found(city).manifest.previous == old.manifest_hash.hex()


def test_who_can_log_a_bundle_of_nobodys_makes_no_version_jump(city: City) -> None:
    """It stops what builds upon the live one, and not an agency that publishes by hand."""
    text = b"nearside bundle smallville\n{}\n"
    stray = BundleLeaf(SITE, 2**53 - 1, hashlib.sha256(text).digest())
    city.log((stray,), (text,))
    with pytest.raises(Untrue, match="later one"):
        finish(city.shelf, SITE, log=city.log, keys=city.keys)
    assert city.publish().version == 2
    assert found(city).manifest.version == 2


def test_a_bundle_of_another_site_is_no_later_one(city: City) -> None:
    """One log may serve several sites."""
    text = b"nearside bundle elsewhere\n{}\n"
    city.log((BundleLeaf("elsewhere", 9, hashlib.sha256(text).digest()),), (text,))
    assert found(city).manifest.version == 1


@pytest.mark.parametrize("more", [0, 1, WIDTH - 3, WIDTH, 2 * WIDTH + 7])
def test_the_end_of_a_log_is_read_from_anywhere(city: City, more: int) -> None:
    """Across tiles, from the first entry to past the last; every bundle is found at its place."""
    opened(city, more)
    city.publish(b"newer")
    live = found(city)
    trusted = city.trust.ledger
    first, second = bundles_since(0, site=SITE, storage=city.ledger, trusted=trusted)
    assert second == (place_of(live.leaf, storage=city.ledger, trusted=trusted), live.leaf)
    for begin, expected in ((first[0], (first, second)), (first[0] + 1, (second,)), (second[0] + 1, ())):
        assert bundles_since(begin, site=SITE, storage=city.ledger, trusted=trusted) == expected
    assert bundles_since(10**6, site=SITE, storage=city.ledger, trusted=trusted) == ()


def test_an_entry_that_was_taken_out_of_the_log_is_missed(city: City) -> None:
    """Whoever can write to the log's bucket hides no later bundle: what is read leads to the signed root."""
    before = found(city).leaf
    opened(city, WIDTH)
    city.publish(b"newer")
    trusted = city.trust.ledger
    ((at, later),) = bundles_since(
        (place_of(before, storage=city.ledger, trusted=trusted) or 0) + 1,
        site=SITE, storage=city.ledger, trusted=trusted,
    )  # fmt: skip
    raw = leaf.to_bytes(later)
    for path, data in list(city.ledger._files.items()):
        if path.startswith("tile/entries/") and raw in data:
            city.ledger._files[path] = data.replace(raw, raw.replace(b"smallville", b"elsewheres"))
    assert at > WIDTH
    with pytest.raises(Untrue, match="not those of the signed tree"):
        check_newest(before, storage=city.ledger, trusted=trusted)
    with pytest.raises(Untrue, match="not those of the signed tree"):
        last_of(city.shelf, SITE, log=city.log, keys=city.keys)


def test_nothing_is_believed_of_a_log_that_no_key_in_force_signed(city: City) -> None:
    """Nor of one that too few witnesses saw."""
    other = Ed25519Signer.from_seed("smallville.example/ledger/2026", b"o" * 32)
    others = KeyList.of(other.key.name, [other.key], bundles=[city.agency.key])
    with pytest.raises(Untrue, match="not signed by a trusted key"):
        live_bundle(city.shelf, SITE, log=city.log, keys=others)
    with pytest.raises(Untrue, match="not signed by a trusted key"):
        bundles_since(0, site=SITE, storage=city.ledger, trusted=others.log_keys())


def test_of_no_log_at_all_there_is_no_bundle(tmp_path: Path) -> None:
    """Before the first checkpoint."""
    city = City(tmp_path)
    assert bundles_since(0, site=SITE, storage=city.ledger, trusted=city.trust.ledger) == ()
    assert last_of(city.shelf, SITE, log=city.log, keys=city.keys) is None
