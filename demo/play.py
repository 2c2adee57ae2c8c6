"""The demo's acts, in their order: set up, learn, publish, contribute, learn again."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from demo.govuk import SITE as GOVUK
from demo.govuk import draw_journeys, read_sample
from demo.journeys import citizen_journeys
from demo.stage import (
    AGENCY,
    Stage,
    learn_from_history,
    put_bundle,
    put_pages,
    put_runtime,
    replay_journeys,
)
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.shared.measurement.periods import week_of
from nearside.cli import main
from nearside.commands.release import release_week
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from nearside.publishing import LearningTerms, live_manifest

CONTROLLER = "riverton"
JOURNEYS_A_DEVICE = 6
# Two hundred devices are a hamlet: at epsilon 1 hardly a count would pass. The demo says 4, on every device
# too.
TERMS = LearningTerms(epsilon_milli=4000)
TO_TRY = """
Try: accept suggestions, open two or three pages, and see the next page's cards change. Ask why; say not
relevant. Look at your receipts under Suggestions and privacy; say no there, and the cards go back at once.
Ctrl-C stops."""


def play(stack: Stack, *, work: Path, console: Console, data: Path, devices: int) -> None:
    """Play every act on a running stack; a stack that has been set up before keeps its bundle and is not
    played again."""
    stage = stage_on(stack, work=work, console=console)
    if live_manifest(stage.deployment.shelf, "riverton") is not None:
        console.print("The city is set up already; its data is where it was.")
        put_runtime(stage)
        put_pages(stage)
        return
    console.rule("1. A city's site, on this machine")
    catalogue = put_pages(stage)
    put_runtime(stage)
    console.rule("2. Aggregates and a first model (synthetic citizens of a fictional city)")
    model = learn_from_history(stage, catalogue)
    console.rule("3. Publish: signed, logged, the same for everyone")
    _publish_city(stage, model)
    _learn_from_public_data(stage, data)
    console.rule(f"{'6' if data.is_dir() else '4'}. Learn again, from {devices} consenting devices")
    learn_again(stack, stage, catalogue, devices=devices)
    learn_again_from_real_journeys(work, console=console, data=data, devices=devices)


def stage_on(stack: Stack, *, work: Path, console: Console) -> Stage:
    """Return the stage on a running stack."""

    def run(*arguments: str | Path) -> None:
        words = [str(argument) for argument in arguments]
        console.print(f"[dim]$ nearside {' '.join(words)}[/dim]", soft_wrap=True, highlight=False)
        main(words, standalone_mode=False)

    return Stage(Deployment.of(stack), CONTROLLER, stack.url, work, console, run)


def learn_again(stack: Stack, stage: Stage, catalogue: Catalogue, *, devices: int) -> None:
    """Let devices contribute to the city's count, release it, train on history and release, publish the
    next bundle."""
    journeys = list(citizen_journeys(catalogue, devices * JOURNEYS_A_DEVICE, seed=7))
    in_catalogue = [tuple(ItemId(item) for item in journey) for journey in journeys]
    replay_journeys(stage, "riverton", in_catalogue, devices=devices, draw=secrets.token_bytes)
    release, made = _release(stack, stage.work)
    stage.say(f"  released {len(made.cells)} cells at k {made.privacy.k}, {_noise(made)}")
    model = stage.work / "model-2"
    stage.run(
        "train",
        stage.work / "history-release.json",
        release,
        "--out",
        model,
        "--catalogue",
        stage.work / "site/catalogue.json",
        "--sessions",
        stage.work / "history.csv",
        "--holdout",
        "0.2",
    )
    _publish_city(stage, model)


def learn_again_from_real_journeys(work: Path, *, console: Console, data: Path, devices: int) -> None:
    """Replay real GOV.UK journeys through a deployment of their own, release, train, and measure on
    held-out ones."""
    sample = read_sample(data)
    if sample is None:
        console.print(
            "Public journeys were not found (NEARSIDE_DATA names their folder): the city's stand alone."
        )
        return
    console.rule(f"7. The same with real journeys: {devices} devices replay a public GOV.UK sample")
    folder = work / GOVUK
    with local_stack(folder / "state", parameters={"Site": GOVUK, "Controller": CONTROLLER}) as stack:
        stage = stage_on(stack, work=folder, console=console)
        catalogue = folder / "catalogue.json"
        catalogue.write_bytes(sample.catalogue.to_bytes())
        empty = folder / "nothing-yet.json"
        empty.write_bytes(_nothing_yet(sample.catalogue).to_bytes())
        stage.run("train", empty, "--out", folder / "model", "--catalogue", catalogue)
        put_bundle(
            stage,
            catalogue=catalogue,
            rules=AGENCY / "rules.json",
            model=folder / "model",
            terms=TERMS,
        )
        journeys = draw_journeys(sample, count=devices * JOURNEYS_A_DEVICE, seed=7)
        replay_journeys(stage, GOVUK, journeys, devices=devices, draw=secrets.token_bytes)
        release, made = _release(stack, folder)
        stage.say(f"  released {len(made.cells)} cells at k {made.privacy.k}, {_noise(made)}")
        stage.run(
            "train",
            release,
            "--out",
            folder / "model-2",
            "--catalogue",
            catalogue,
            "--sessions",
            data / "govuk-journeys/sessions.csv",
            "--holdout",
            "0.2",
        )


def tell_addresses(stack: Stack, console: Console) -> None:
    """Say where everything is, and what to try."""
    console.rule("Ready")
    console.print(f"  The city's site     {stack.url}/")
    console.print(f"  In Arabic           {stack.url}/ar")
    console.print(f"  Choices, receipts   {stack.url}/help/privacy")
    console.print(f"  The ledger          {stack.url}/ledger/checkpoint")
    console.print(TO_TRY)


def _learn_from_public_data(stage: Stage, data: Path) -> None:
    moves, log = data / "govuk-journeys/moves.csv", data / "epa-weblog/access.log"
    if moves.is_file():
        stage.console.rule(
            "4. Real counts: GOV.UK, one day of moves and a sample of sessions, a fifth held out"
        )
        sessions = data / "govuk-journeys/sessions.csv"
        released = [stage.work / "govuk-moves.json", stage.work / "govuk-sessions.json"]
        stage.run("aggregate", moves, "--site", GOVUK, "--out", released[0])
        stage.run("aggregate", sessions, "--site", GOVUK, "--out", released[1], "--holdout", "0.2")
        stage.run(
            "train",
            *released,
            "--out",
            stage.work / "govuk-model",
            "--sessions",
            sessions,
            "--holdout",
            "0.2",
        )
    if log.is_file():
        stage.console.rule("5. A real web log: half a day of the US EPA's server in 1995")
        release = stage.work / "epa.json"
        stage.run("aggregate", log, "--site", "epa-1995", "--out", release)


def _publish_city(stage: Stage, model: Path) -> None:
    put_bundle(
        stage,
        catalogue=stage.work / "site/catalogue.json",
        rules=AGENCY / "rules.json",
        model=model,
        terms=TERMS,
    )


def _release(stack: Stack, work: Path) -> tuple[Path, Release]:
    week = week_of(datetime.fromtimestamp(time.time(), UTC))
    ((file, made),) = release_week(stack, week, task=None, out=work / "releases")
    return file, made


def _noise(made: Release) -> str:
    epsilon = (made.privacy.epsilon_milli or 0) / 1000
    return f"{made.privacy.mechanism.value} noise, epsilon {epsilon:g}, {made.bound.pairs} pairs a device"


def _nothing_yet(catalogue: Catalogue) -> Release:
    """A release of no cells: what a site knows before anybody has contributed."""
    return Release.of(
        {},
        site=catalogue.site,
        source=Source.CONTRIBUTIONS,
        period=Period(),
        privacy=Privacy(10, Mechanism.NONE),
        bound=Bound(Unit.DEVICE_WEEK, 4),
        pages=catalogue.pages,
    )
