"""The learning phase, deployed: from devices' contributions to a model on trial, live, and back."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.contribution import Contribution
from edge_client.wire.manifest import Canary
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.task import parse_tasks
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import publish
from model_export import train_model
from nearside.cli import main
from nearside.commands.model.deployed import Deployed
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from nearside.publishing import gather
from nearside.signing_key import read_key, write_key
from tests.support.city import notice_value, rules
from tests.support.deployed import post

# Two trainings at once, and some dozen publications of the ledger, each with its witnesses.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

SITE = "smallville"
PAGES = tuple(f"/{first}/{second}" for first in "abcd" for second in "wxyz")
TERMS = LearningTerms(pairs_per_week=1, k=2, epsilon_milli=8000)
MOVES = {at: (at * 5 + 7) % len(PAGES) for at in range(len(PAGES))}
"""Where visitors go: nowhere that the words of a page would tell."""


@dataclass(frozen=True)
class Loop:
    """A deployment with two people who decide, and files to make commands of."""

    stack: Stack
    state: Path
    keys: tuple[Path, Path]

    @property
    def deployed(self) -> Deployed:
        return Deployed(self.stack, SITE)

    def run(self, *words: str, status: int = 0) -> str:
        named = ["model", *words, "--site", SITE, "--state", str(self.state)]
        done = CliRunner().invoke(main, named)
        assert done.exit_code == status, done.output
        return done.output

    def bundle(self) -> PublishedBundle:
        found = self.stack.client("s3").get_object(
            Bucket=self.stack.outputs["SiteBucket"], Key=f"nearside/{SITE}/bundle.json"
        )
        return PublishedBundle.from_bytes(found["Body"].read())

    def file(self, name: str) -> bytes:
        digest = self.bundle().manifest.files[name].sha256
        key = f"nearside/{SITE}/files/{digest}"
        return (
            self.stack.client("s3")
            .get_object(Bucket=self.stack.outputs["SiteBucket"], Key=key)["Body"]
            .read()
        )


def catalogue() -> Catalogue:
    """Sixteen pages whose words say nothing about where people go."""
    return Catalogue(
        SITE,
        tuple(
            CatalogueItem(
                ItemId(page),
                f"Page {page[1]}",
                f"About {page[1]}.",
                "topic",
                ItemKind.INFORMATION,
                "en",
                essential=at == 3,
            )
            for at, page in enumerate(PAGES)
        ),
    )


def release_of(period: str, *, each: int = 60) -> bytes:
    """A release of one week, as `make_release` would have made it had `each` devices gone each way."""
    pages = tuple(ItemId(page) for page in PAGES)
    return Release.of(
        {(pages[source], pages[target]): each for source, target in MOVES.items()},
        site=SITE,
        source=Source.CONTRIBUTIONS,
        period=Period(period, period),
        privacy=Privacy(2, Mechanism.DISCRETE_LAPLACE, 8000, 6),
        bound=Bound(Unit.DEVICE_WEEK, 1),
        pages=pages,
    ).to_bytes()


def put_release(loop: Loop, task: str, period: str, data: bytes, *, is_logged: bool = True) -> None:
    """Put a release where releases lie, and into the log."""
    key = f"releases/{task}/{period}.json"
    loop.stack.client("s3").put_object(
        Bucket=loop.stack.outputs["ReleaseBucket"], Key=key, Body=data, IfNoneMatch="*"
    )
    if is_logged:
        spent = BudgetLeaf(task, period, 8000, 6, hashlib.sha256(data).digest())
        Deployment.of(loop.stack).log((spent,), (data,))


def publish_first(stack: Stack, work: Path) -> None:
    """Publish the site with a model that knows words alone."""
    pages = catalogue()
    empty = Release.of(
        {},
        site=SITE,
        source=Source.CONTRIBUTIONS,
        period=Period(),
        privacy=Privacy(10, Mechanism.NONE),
        bound=Bound(Unit.DEVICE_WEEK, 4),
        pages=pages.pages,
    )
    made = train_model(empty, pages)
    work.mkdir()
    (work / "model.onnx").write_bytes(made.onnx_bytes)
    (work / "model.json").write_bytes(made.card_bytes)
    deployment = Deployment.of(stack)
    publish(
        gather(catalogue=pages.to_bytes(), rules=rules(), notices=[notice_value()], model=work, terms=TERMS),
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        log=deployment.log,
        keys=deployment.keys(),
        now=int(time.time()),
    )


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    work = tmp_path_factory.mktemp("learning")
    keys = (work / "one.key", work / "two.key")
    named = [
        write_key(file, f"smallville.example/approvers/{at}", seed=secrets.token_bytes(32))
        for at, file in enumerate(keys)
    ]
    parameters = {"Site": SITE, "ApproverKeys": ",".join(str(signer.key) for signer in named)}
    with local_stack(work / "state", parameters=parameters) as stack:
        publish_first(stack, work / "first")
        yield Loop(stack, work / "state", keys)


def contribute(loop: Loop) -> str:
    """Have devices report this week over HTTP, and release it; return the week."""
    (task,) = parse_tasks(loop.file("tasks.json"))
    week = week_of(datetime.now(UTC))
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda move: (
                post(
                    loop.stack,
                    "/contributions",
                    Contribution(task.task_id, week, secrets.token_hex(16), *move).to_bytes(),
                ).status_code
            ),
            [move for move in MOVES.items() for _ in range(12)],
        )
        assert set(answers) == {202}
    made = loop.stack.invoke("make_release", {"task": task.task_id, "period": week})
    assert made["refused"] == []
    return week


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
