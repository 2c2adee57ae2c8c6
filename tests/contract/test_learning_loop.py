"""The learning phase, deployed: from devices' contributions to a model on trial, live, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from consent_ledger.ed25519 import Ed25519Signer
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.manifest import Canary
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from nearside.deployment import Deployment
from nearside.signing_key import read_key
from tests.support.learning_loop import SITE, Loop, contribute, put_release, release_of, started

# Two trainings at once, and some dozen publications of the ledger, each with its witnesses.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with started(tmp_path_factory.mktemp("learning")) as running:
        yield running


def test_from_contributions_to_a_model_on_trial_live_and_back(loop: Loop) -> None:
    """Each step is decided, published and logged; what does not change stays the same, byte for byte."""
    first = loop.file("model.onnx")
    assert "nothing proposed" in loop.run("propose")
    for period in ("2026-W01", "2026-W02"):
        put_release(loop, "smallville-moves-0", period, release_of(period))
    contribute(loop)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: loop.stack.invoke("propose_model", {}), range(2)))
    assert len({answer["proposal"] for answer in both}) == 1
    name = both[0]["proposal"]
    assert both[0]["verdict"] == "proposed", loop.run("show", name)
    assert "as before" in loop.run("propose")
    shown = loop.run("show", name)
    assert "beats-live" in shown
    proposal = Proposal.from_bytes(document(loop, name))
    assert len(proposal.trained_on) == 2
    assert len(proposal.held_out) == 1

    assert "not approved" in loop.run("canary", name, "--share", "0.05", "--key", str(loop.keys[1]), status=2)
    loop.run("approve", name, "--key", str(loop.keys[0]))
    assert loop.bundle().manifest.canary is None
    alone = loop.run("canary", name, "--share", "1", "--key", str(loop.keys[0]), status=2)
    assert "somebody else" in alone
    loop.run("canary", name, "--share", "0.05", "--key", str(loop.keys[1]))
    assert loop.bundle().manifest.canary == Canary(50, name)
    assert loop.file("model.onnx") == first
    assert hashlib.sha256(loop.file("canary.onnx")).hexdigest() == proposal.model.sha256
    untouched = [loop.file(file) for file in ("catalogue.json", "rules.json", "tasks.json", "notices.json")]

    # Decided, and the command died before it published: the next step makes up for it first.
    loop.deployed.decide(Step.CANARY, name, key=loop.keys[1], share_milli=100)
    assert loop.bundle().manifest.canary == Canary(50, name)
    version = loop.bundle().manifest.version
    loop.run("promote", name, "--key", str(loop.keys[1]))
    assert loop.bundle().manifest.version == version + 2
    assert loop.bundle().manifest.canary is None
    assert hashlib.sha256(loop.file("model.onnx")).hexdigest() == proposal.model.sha256
    assert "nothing proposed" not in loop.run("history", "--apply")
    version = loop.bundle().manifest.version
    write_over(loop)
    loop.run("rollback", name, "--key", str(loop.keys[1]))
    assert loop.bundle().manifest.version == version + 1
    assert loop.file("model.onnx") == first
    assert untouched == [
        loop.file(file) for file in ("catalogue.json", "rules.json", "tasks.json", "notices.json")
    ]
    history = loop.run("history").splitlines()
    assert [line.split()[0] for line in history] == [name, "canary", "canary", "live", "rolled-back"]
    for signed in loop.deployed.store.statements():
        assert document(loop, signed.digest.hex()) == signed.to_bytes()
        Deployment.of(loop.stack).log((signed.leaf,), (signed.to_bytes(),))  # logged: it has a proof


def write_over(loop: Loop) -> None:
    """Put a bundle where the live one is, signed by a stranger under the agency's name."""
    live = loop.bundle()
    forged = replace(live.manifest, version=live.manifest.version + 40)
    thief = Ed25519Signer.from_seed(live.note.signatures[0].name, bytes(32))
    made = PublishedBundle(sign_manifest(forged, thief), forged, live.proof)
    shelf = Deployment.of(loop.stack).shelf
    shelf.write(f"nearside/{SITE}/bundle.json", made.to_bytes(), immutable=False)


def document(loop: Loop, digest: str) -> bytes:
    """What the ledger serves under a hash."""
    bucket = loop.stack.outputs["LedgerBucket"]
    found = loop.stack.client("s3").get_object(Bucket=bucket, Key=f"ledger/documents/{digest}")
    data: bytes = found["Body"].read()
    assert hashlib.sha256(data).hexdigest() == digest
    return data


def test_a_release_that_is_not_in_the_log_is_not_learnt_from(loop: Loop) -> None:
    """Whoever can write to the bucket of releases cannot teach the model anything."""
    poisoned = release_of("2026-W03", each=9_000)
    put_release(loop, "smallville-moves-0", "2026-W03", poisoned, is_logged=False)
    put_release(loop, "smallville-moves-0", "2026-W04", b"{}", is_logged=False)
    answer = loop.stack.invoke("propose_model", {})
    if answer["proposal"] is not None:
        made = Proposal.from_bytes(document(loop, answer["proposal"]))
        assert hashlib.sha256(poisoned).hexdigest() not in {*made.trained_on, *made.held_out}
    for found in loop.deployed.store.proposals():
        assert hashlib.sha256(poisoned).hexdigest() not in {*found.trained_on, *found.held_out}


def test_whoever_asks_for_a_model_does_not_approve_it(loop: Loop) -> None:
    """The request is signed, the proposal names its key, and that key's approval is turned down."""
    put_release(loop, "smallville-moves-0", "2026-W05", release_of("2026-W05"))
    said = loop.run("propose", "--key", str(loop.keys[0]))
    name = said.split()[1]
    assert Proposal.from_bytes(document(loop, name)).asked_by == read_key(loop.keys[0]).key
    assert "does not decide" in loop.run("approve", name, "--key", str(loop.keys[0]), status=2)
    loop.run("approve", name, "--key", str(loop.keys[1]))
    asker = sign_statement(Statement(SITE, Step.CANARY, name, None, 1000), read_key(loop.keys[0])).to_bytes()
    assert "refused" in loop.stack.invoke("decide_model", {"statement": asker.decode()})
