"""The attacker who can write to the site's bucket and has no key: what they put there is not signed again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from botocore.response import StreamingBody

from consent_ledger import canonical
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.rules import Rules
from edge_client.wire.task import print_tasks
from lambdas.propose_model.store import LoggedBundle
from lambdas.shared.learning.statement import Step
from lambdas.shared.live_bundle import LiveBundle
from lambdas.shared.publishing.live_bundle import finish, live_bundle, path_of_bundle, path_of_note
from lambdas.shared.standing import check_newest
from tests.support.agency import Agency
from tests.support.city import SITE, City

THIEF = Ed25519Signer.from_seed("smallville.example/bundles", b"z" * 32)
"""The agency's name, and a key of the attacker's."""

BUNDLE, NOTE = path_of_bundle(SITE), path_of_note(SITE)


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """A city with a model on trial."""
    made = Agency(City(tmp_path))
    made.city.publish()
    name = made.propose()
    made.desk.decide(Step.APPROVED, name)
    made.desk.decide(Step.CANARY, name, share_milli=10)
    made.apply()
    return made


def trial(agency: Agency) -> str:
    """The proposal whose model is on trial."""
    name = agency.learning().rollout.trial
    assert name is not None
    return name


def put(agency: Agency, **files: bytes) -> dict[str, FileEntry]:
    """Put files where a manifest would look for them; return how it names them."""
    named = {}
    for name, data in files.items():
        digest = hashlib.sha256(data).hexdigest()
        agency.city.shelf.files[f"nearside/{SITE}/files/{digest}"] = data
        named[name.replace("_", ".")] = FileEntry(digest, len(data))
    return named


def weaker_rules(agency: Agency) -> bytes:
    """Rules that keep nothing from being stored."""
    rules = canonical.decode(agency.files().by_name["rules.json"])
    assert isinstance(rules, dict)
    return canonical.encode({**rules, "never_topics": []})


def dearer_tasks(agency: Agency) -> bytes:
    """The site's task, with privacy that deserves no name."""
    (task,) = agency.files().tasks
    return print_tasks((replace(task, epsilon_milli=100_000, k=2),))


def forged(agency: Agency, manifest: Manifest) -> bytes:
    """A bundle by the thief, with the proof of the one that is live."""
    live = PublishedBundle.from_bytes(agency.city.shelf.files[BUNDLE])
    return PublishedBundle(sign_manifest(manifest, THIEF), manifest, live.proof).to_bytes()


def live_manifest(agency: Agency) -> Manifest:
    return PublishedBundle.from_bytes(agency.city.shelf.files[BUNDLE]).manifest


def other_rules(agency: Agency) -> Manifest:
    manifest = live_manifest(agency)
    return replace(manifest, files={**manifest.files, **put(agency, rules_json=weaker_rules(agency))})


def other_tasks(agency: Agency) -> Manifest:
    manifest = live_manifest(agency)
    return replace(manifest, files={**manifest.files, **put(agency, tasks_json=dearer_tasks(agency))})


def other_version(agency: Agency) -> Manifest:
    return replace(live_manifest(agency), version=2**52)


FORGERIES: tuple[Callable[[Agency], Manifest], ...] = (other_rules, other_tasks, other_version)


@pytest.mark.parametrize("forge", FORGERIES)
@pytest.mark.parametrize("step", [Step.CANARY, Step.LIVE, Step.ROLLED_BACK])
def test_a_forged_bundle_is_not_signed_again(
    agency: Agency, forge: Callable[[Agency], Manifest], step: Step
) -> None:
    """Whatever is decided next: with the note of the true one gone too, nothing is published upon it."""
    name = trial(agency)
    agency.city.shelf.files[BUNDLE] = forged(agency, forge(agency))
    del agency.city.shelf.files[NOTE]
    before = dict(agency.city.shelf.files)
    agency.desk.decide(step, name, share_milli=500 if step is Step.CANARY else None)
    with pytest.raises(Untrue, match="sign"):
        agency.apply()
    assert agency.city.shelf.files == before


@pytest.mark.parametrize("forge", FORGERIES)
def test_upon_what_was_signed_last_a_rollback_goes_on(
    agency: Agency, forge: Callable[[Agency], Manifest]
) -> None:
    """The true bundle's note is there: it is put back, and the trial ends with the true rules and tasks."""
    kept, version, name = agency.files(), live_manifest(agency).version, trial(agency)
    agency.city.shelf.files[BUNDLE] = forged(agency, forge(agency))
    agency.desk.decide(Step.ROLLED_BACK, name)
    agency.apply()
    after = agency.files()
    same = ("rules.json", "tasks.json", "catalogue.json", "model.onnx")
    assert [after.by_name[file] for file in same] == [kept.by_name[file] for file in same]
    assert (after.canary, live_manifest(agency).version) == (None, version + 1)


def stricter(agency: Agency) -> bytes:
    """Publish stricter rules by hand; return the bundle that was live before."""
    old = agency.city.shelf.files[BUNDLE]
    rules = canonical.decode(agency.files().by_name["rules.json"])
    assert isinstance(rules, dict)
    agency.by_hand(canonical.encode({**rules, "never_topics": ["bereavement", "bins"]}))
    return old


def test_an_older_bundle_brings_nothing_back(agency: Agency) -> None:
    """Signed and logged as it is: stricter rules came after it, and the log says so."""
    name = trial(agency)
    agency.city.shelf.files[BUNDLE] = stricter(agency)
    del agency.city.shelf.files[NOTE]
    agency.desk.decide(Step.ROLLED_BACK, name)
    with pytest.raises(Untrue, match="later one"):
        agency.apply()
    city = agency.city
    with pytest.raises(Untrue, match="later one"):
        live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)


def test_with_its_note_the_newest_is_put_back(agency: Agency) -> None:
    """And the rollback keeps the stricter rules."""
    name = trial(agency)
    agency.city.shelf.files[BUNDLE] = stricter(agency)
    agency.desk.decide(Step.ROLLED_BACK, name)
    agency.apply()
    found = Rules.parse(agency.files().by_name["rules.json"])
    assert set(found.never_topics) == {"bereavement", "bins"}


@pytest.mark.parametrize("note", ["older", "forged", "garbage", "missing"])
def test_by_hand_an_agency_always_publishes(agency: Agency, note: str) -> None:
    """Whatever lies in the bucket: the next version follows what the log holds, and devices take it."""
    shelf = agency.city.shelf
    older = shelf.files[NOTE]
    stricter(agency)
    last = PublishedBundle.from_bytes(shelf.files[BUNDLE])
    shelf.files[BUNDLE] = forged(agency, other_version(agency))
    if note == "missing":
        del shelf.files[NOTE]
    else:
        thief = sign_manifest(replace(last.manifest, version=9), THIEF).to_bytes()
        shelf.files[NOTE] = {"older": older, "forged": thief, "garbage": b"\xff"}[note]
    done = agency.city.publish()
    assert done.version == last.manifest.version + 1
    assert live_manifest(agency).previous == last.manifest_hash.hex()


def test_a_bundle_that_is_gone_is_not_the_first_again(agency: Agency) -> None:
    """Deleted, it does not let versions begin anew, which no device would take."""
    last, city = live_manifest(agency), agency.city
    del city.shelf.files[BUNDLE], city.shelf.files[NOTE]
    with pytest.raises(Untrue, match="none is live"):
        finish(city.shelf, SITE, log=city.log, keys=city.keys)
    assert city.publish().version == last.version + 1


def test_what_is_no_bundle_is_malformed(agency: Agency) -> None:
    """And nothing is built upon it."""
    city = agency.city
    city.shelf.files[BUNDLE] = b"{}"
    with pytest.raises(Malformed):
        live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)


def test_a_bundle_that_was_signed_and_never_logged_is_not_live(agency: Agency) -> None:
    """The agency's own signature is not enough: what the public never saw is no bundle."""
    city = agency.city
    live = PublishedBundle.from_bytes(city.shelf.files[BUNDLE])
    quiet = replace(live.manifest, version=live.manifest.version + 1, previous=live.manifest_hash.hex())
    made = PublishedBundle(sign_manifest(quiet, city.agency), quiet, live.proof)
    city.shelf.files[BUNDLE] = made.to_bytes()
    with pytest.raises(Untrue, match="does not hold it"):
        live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)


@dataclass
class Reader:
    """The site's bucket, as a function reads it."""

    files: Mapping[str, bytes]

    class exceptions:  # noqa: N801 (named by AWS)
        NoSuchKey = KeyError

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, StreamingBody]:  # noqa: N803 (named by AWS)
        data = self.files[Key]
        return {"Body": StreamingBody(io.BytesIO(data), len(data))}


def test_no_model_is_proposed_under_an_older_bundle(agency: Agency) -> None:
    """The function that trains holds what is live against the log, as publishing does."""
    city = agency.city
    seen = LoggedBundle(
        LiveBundle(Reader(city.shelf.files), "bucket", SITE, lambda: city.agency.key),  # type: ignore[arg-type]  # the method that reading needs
        lambda bundle: check_newest(bundle, storage=city.ledger, trusted=city.trust.ledger),
    )
    assert seen.manifest() == live_manifest(agency)
    old = stricter(agency)
    assert seen.manifest() == live_manifest(agency)
    rules = live_manifest(agency).files["rules.json"].sha256
    assert hashlib.sha256(seen.file(rules)).hexdigest() == rules
    city.shelf.files[BUNDLE] = old
    with pytest.raises(Untrue, match="later one"):
        seen.manifest()
    del city.shelf.files[BUNDLE]
    assert seen.manifest() is None
