"""A deployment that learns: a small site, two people who decide, and its devices' contributions."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from consent_ledger.leaf import BudgetLeaf
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.contribution import Contribution
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.task import parse_tasks
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import publish
from model_export import train_model
from nearside.cli import main
from nearside.commands.model.deployed import Deployed
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from nearside.publishing import gather
from nearside.signing_key import write_key
from tests.support.city import notice_value, rules
from tests.support.deployed import post

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


@contextmanager
def started(work: Path, before: Callable[[Stack], None] = lambda stack: None) -> Iterator[Loop]:
    """The deployment, with two people who decide and a first bundle, until the body ends.

    `before` is called before anything is published.
    """
    keys = (work / "one.key", work / "two.key")
    named = [
        write_key(file, f"smallville.example/approvers/{at}", seed=secrets.token_bytes(32))
        for at, file in enumerate(keys)
    ]
    parameters = {"Site": SITE, "ApproverKeys": ",".join(str(signer.key) for signer in named)}
    with local_stack(work / "state", parameters=parameters) as stack:
        before(stack)
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
