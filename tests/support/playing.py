"""The fictional city on a running deployment, for suites that drive a real browser: one for the session.

A test module that wants it names this file in `pytest_plugins`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pytest
from rich.console import Console

from consent_ledger.record import Status
from demo.journeys import citizen_journeys
from demo.play import stage_on
from demo.stage import AGENCY, Stage, put_bundle, put_pages
from edge_client.device import CONSENT_PATH
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.consent import RecordConsent
from edge_client.wire.release import Release
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.learning_task import LearningTerms
from model_export import train_model
from model_export.archetypes.table import learn_archetypes
from nearside.edge_build import EdgeBuild, build_edge
from nearside.local import stack as deployed
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from nearside.local.stack import Stack, local_stack
from tests.support.journeys import release_of_journeys

CITIZENS = 600
SEED = 41
GROUPS = 7
TOLD_BY = ("host", "origin", "accept-encoding", "if-none-match", "range")


@dataclass
class Front:
    """Stands before the front door: writes down every request, and lets a test answer in its place."""

    seen: list[HttpRequest] = field(default_factory=list)
    instead: Callable[[HttpRequest, Answer], HttpResponse] | None = None
    _lock: Lock = field(default_factory=Lock)

    def before(self, answer: Answer) -> Answer:
        """Return the answer of whoever stands behind, watched; what never changes is asked of it once."""
        answer = from_the_edge(answer)

        def watched(request: HttpRequest) -> HttpResponse:
            with self._lock:
                self.seen.append(request)
            return self.instead(request, answer) if self.instead else answer(request)

        return watched

    @contextmanager
    def answering(self, instead: Callable[[HttpRequest, Answer], HttpResponse]) -> Iterator[None]:
        """Answer instead of the deployment until the body ends."""
        self.instead = instead
        try:
            yield
        finally:
            self.instead = None

    def since(self, start: int) -> list[HttpRequest]:
        """Return the requests from number `start` on."""
        with self._lock:
            return self.seen[start:]


def from_the_edge(answer: Answer) -> Answer:
    """Keep what may be kept for ever, as CloudFront's edges do: every new device asks for all of Python.

    What is kept is by everything of a request that an answer may go by.
    """
    kept: dict[tuple[str, ...], HttpResponse] = {}

    def nearer(request: HttpRequest) -> HttpResponse:
        asked = (
            request.method,
            request.path,
            request.query,
            *(request.headers.get(name, "") for name in TOLD_BY),
        )
        if asked not in kept:
            response = answer(request)
            if response.status != 200 or "immutable" not in response.headers.get("cache-control", ""):
                return response
            kept[asked] = response
        return kept[asked]

    return nearer


def ledger_down(request: HttpRequest, answer: Answer) -> HttpResponse:
    """Answer as where the ledger takes no record and has no receipt; the rest is as it was."""
    return HttpResponse(503) if request.path.startswith("/consent") else answer(request)


@dataclass(frozen=True)
class PlayedCity:
    """Riverton, published: its deployment, what watches its front door, and what was built for devices."""

    stack: Stack
    front: Front
    stage: Stage
    catalogue: Catalogue
    edge: EdgeBuild

    @property
    def url(self) -> str:
        """The origin of the city's site."""
        return self.stack.url

    def recorded(self, start: int) -> list[Status]:
        """Return what the records say that were sent from request number `start` on, each once."""
        posts = [each for each in self.front.since(start) if each.path == CONSENT_PATH]
        once = {post.body: RecordConsent.from_bytes(post.body).record.status for post in posts}
        return sorted(once.values(), key=lambda status: status.name)


def history_release(catalogue: Catalogue) -> Release:
    """Return a release of the synthetic citizens' journeys."""
    return release_of_journeys(catalogue, citizen_journeys(catalogue, CITIZENS, SEED))


@contextmanager
def played_city(folder: Path) -> Iterator[PlayedCity]:
    """Publish the city on a deployment of its own, whose state lies in `folder`, until the body ends."""
    front = Front()
    with pytest.MonkeyPatch.context() as patch:
        application = deployed.application
        patch.setattr(deployed, "application", lambda answer: application(front.before(answer)))
        with local_stack(folder / "state") as stack:
            stage = stage_on(stack, work=folder, console=Console(file=io.StringIO()))
            catalogue = put_pages(stage)
            edge = build_edge(folder / "edge", notices=AGENCY / "notices")
            list(stage.deployment.shelf.write_folder(edge.folder, prefix="nearside/"))
            release = history_release(catalogue)
            trained = train_model(release, catalogue)
            model = folder / "model"
            model.mkdir()
            (model / "model.onnx").write_bytes(trained.onnx_bytes)
            (model / "model.json").write_bytes(trained.card_bytes)
            groups = learn_archetypes(
                [release], catalogue, rules=Rules.parse((AGENCY / "rules.json").read_bytes()), number=GROUPS
            )
            (folder / "archetypes.json").write_bytes(groups.file.to_bytes())
            put_bundle(
                stage,
                catalogue=folder / "site/catalogue.json",
                rules=AGENCY / "rules.json",
                model=model,
                terms=LearningTerms(),
                archetypes=folder / "archetypes.json",
            )
            yield PlayedCity(stack, front, stage, catalogue, edge)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedCity]:
    """The city, set up once."""
    with played_city(tmp_path_factory.mktemp("riverton")) as played:
        yield played
