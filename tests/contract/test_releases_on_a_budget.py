"""On a whole stack: public pairs out of the bundle, a budget that is charged, and a refusal that says so."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge_client.wire.budget import Budget
from edge_client.wire.candidates import Candidates
from edge_client.wire.contribution import Contribution
from edge_client.wire.manifest import CANDIDATES
from edge_client.wire.release import Release
from lambdas.add_contribution.handler import FRESH_S
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.publication import publish
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from nearside.publishing import gather
from tests.support import city, patient
from tests.support.ageing import ageing

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack

PAGES = city.catalogue().pages
PUBLIC = Candidates.of([(0, 1), (1, 2)], pages=PAGES)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A deployment of the city's site, with room for epsilon 1 in any ninety-one days."""
    parameters = {"Site": city.SITE, "BudgetEpsilonMilli": "1000"}
    with local_stack(tmp_path / "state", parameters=parameters) as running:
        yield running


def published(stack: Stack, folder: Path, *, k: int) -> BundleFiles:
    """Publish the city's files with the public pairs; another k is another task."""
    (folder / "model.onnx").write_bytes(b"model")
    (folder / "model.json").write_bytes(city.card(b"model"))
    made = gather(
        catalogue=city.catalogue().to_bytes(),
        rules=city.rules(),
        notices=[city.notice_value()],
        model=folder,
        terms=LearningTerms(pairs_per_week=1, k=k),
        candidates=PUBLIC.to_bytes(),
    )
    deployment = Deployment.of(stack)
    publish(
        made,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        log=deployment.log,
        keys=deployment.keys(),
        now=int(time.time()),
    )
    return made


def contribute(stack: Stack, task: str, pair: tuple[int, int], *, times: int) -> set[int]:
    """Send so many reports of a pair; return the statuses of the answers."""
    week, headers = week_of(datetime.now(UTC)), {"content-type": "application/json"}
    bodies = [Contribution(task, week, secrets.token_hex(16), *pair).to_bytes() for _ in range(times)]
    return {
        patient.post(f"{stack.url}/contributions", content=body, headers=headers).status_code
        for body in bodies
    }


def charged(stack: Stack) -> list[str]:
    """The names of what the site's devices were charged for."""
    table, key = stack.outputs["BudgetTable"], {"pk": {"S": city.SITE}}
    item = stack.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    return [charge.name for charge in Budget.parse(bytes(item["budget"]["B"])).charges]


def test_a_release_is_about_public_pairs_and_the_next_task_finds_nothing_left(
    stack: Stack, tmp_path: Path
) -> None:
    """Contributions about other pairs are answered alike; a second task of the week is refused."""
    with ageing() as pass_by:
        first = published(stack, tmp_path, k=2).tasks[0].task_id
        week = week_of(datetime.now(UTC))
        assert contribute(stack, first, (0, 1), times=20) == {202}
        assert contribute(stack, first, (2, 0), times=20) == {202}
        made = stack.invoke("make_release", {"task": first, "period": week})
        assert made["refused"] == []
        stored = stack.client("s3").get_object(
            Bucket=stack.outputs["ReleaseBucket"], Key=made["releases"][0]["key"]
        )
        release = Release.parse(stored["Body"].read())
        PUBLIC.check_release(release)
        assert (0, 1) in {(source, target) for source, target, _ in release.cells}
        assert (release.privacy.epsilon_milli, release.privacy.delta_exp) == (1000, None)
        deployment = Deployment.of(stack)
        live = live_bundle(deployment.shelf, city.SITE, log=deployment.log, keys=deployment.keys())
        assert live is not None
        assert live.manifest.files[CANDIDATES].sha256 == hashlib.sha256(PUBLIC.to_bytes()).hexdigest()
        second = published(stack, tmp_path, k=3).tasks[0].task_id
        pass_by(FRESH_S + 0.5)  # an instance goes by what it read for as long
        assert contribute(stack, second, (0, 1), times=1) == {202}
    refused = stack.invoke("make_release", {"task": second, "period": week})
    assert refused["releases"] == []
    assert refused["refused"] == [
        {"task": second, "period": week, "why": "budget: this release would spend more than is left"}
    ]
    assert stack.invoke("make_release", {"task": first, "period": week}) == made
    assert charged(stack) == [first]
