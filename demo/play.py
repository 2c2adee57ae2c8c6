"""The demo's acts, in their order: set up, learn, publish, contribute, learn again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from consent_ledger.errors import Refused
from consent_ledger.storage.whole_file import replace_file
from demo.acts import Acts
from demo.devices import Journey
from demo.govuk import SITE as GOVUK
from demo.govuk import Sample, draw_journeys, read_sample
from demo.journeys import citizen_journeys
from demo.previews import preview_links
from demo.stage import (
    AGENCY,
    Stage,
    is_outdated,
    learn_archetypes,
    learn_from_history,
    put_bundle,
    put_pages,
    put_runtime,
    replay_journeys,
)
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import ARCHETYPES
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.learning_task import LearningTerms
from nearside.cli import main
from nearside.commands.release import release_week
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack

CONTROLLER = "riverton"
JOURNEYS_A_DEVICE = 6
NOTHING_YET = "nothing-yet.json"
# Two hundred devices are a hamlet: at epsilon 1 hardly a count would pass. The demo says 4, on every device
# too.
TERMS = LearningTerms(epsilon_milli=4000)
TO_TRY = """
Try: accept suggestions, open two or three pages, and see the next page's cards change. Ask why; say not
relevant. Look at your receipts under Suggestions and privacy; say no there, and the cards go back at once.
In another terminal, as the privacy officer:
  nearside ledger mirror {url}/ledger copy $(nearside ledger keys)
  nearside ledger open officer --by "privacy officer" --reason "a look at the demo"
  nearside ledger audit copy $(nearside ledger keys) --officer officer --out report
Ctrl-C stops."""


LAST = "learn again from real journeys"


def play(stack: Stack, *, work: Path, console: Console, data: Path, devices: int) -> None:
    """Play every act on a running stack, each to its end once.

    Where an earlier demo was stopped, the acts that were over keep what they made, and the others follow.
    """
    stage = stage_on(stack, work=work, console=console)
    acts = Acts(work / "acts.json")
    played = acts.played()
    if LAST in played:
        console.print("The city is set up already; its data is where it was.")
    elif played:
        console.print("The city was left half set up; what was done is kept, and the rest follows.")
    else:
        console.rule("1. A city's site, on this machine")
    catalogue = put_pages(stage)
    put_runtime(stage)
    if "publish" in played and is_outdated(stage, "riverton"):
        console.print("Code or keys changed since the last bundle: the next one names them.")
        _publish_city(stage, work / ("model-2" if "learn again" in played else "model"))
    acts.once("learn from history", lambda: _learn_from_history(stage, catalogue))
    acts.once("publish", lambda: _publish_first(stage))
    acts.once("learn from public data", lambda: _learn_from_public_data(stage, data))
    number = "6" if data.is_dir() else "4"
    week = acts.once("contribute", lambda: _contribute(stage, catalogue, devices=devices, number=number))
    acts.once("learn again", lambda: _learn_again(stack, stage, week=week))
    acts.once(
        LAST,
        lambda: _learn_from_real_journeys(acts, work / GOVUK, console=console, data=data, devices=devices),
    )


def stage_on(stack: Stack, *, work: Path, console: Console) -> Stage:
    """Return the stage on a running stack."""

    def run(*arguments: str | Path) -> None:
        words = [str(argument) for argument in arguments]
        console.print(f"[dim]$ nearside {' '.join(words)}[/dim]", soft_wrap=True, highlight=False)
        main(words, standalone_mode=False)

    return Stage(Deployment.of(stack), CONTROLLER, stack.url, work, console, run)


def tell_addresses(stack: Stack, console: Console) -> None:
    """Say where everything is, and what to try."""
    console.rule("Ready")
    console.print(f"  The city's site     {stack.url}/")
    console.print(f"  In Arabic           {stack.url}/ar")
    console.print(f"  Choices, receipts   {stack.url}/help/privacy")
    console.print(f"  The ledger          {stack.url}/ledger/checkpoint")
    console.print("  In April 2027, as somebody sees it who began to apply for a parking permit:")
    console.print(f"  {preview_link(stack)}", soft_wrap=True, highlight=False)
    console.print(TO_TRY.format(url=stack.url), highlight=False, soft_wrap=True)


def preview_link(stack: Stack) -> str:
    """Return the link to a preview of the city's home page."""
    links = preview_links(
        Deployment.of(stack), f"{stack.url}/", site="riverton", now=int(time.time()), at="2027-04-05T09:00"
    )
    return links["parking"]


def _learn_from_history(stage: Stage, catalogue: Catalogue) -> str:
    stage.console.rule("2. Aggregates and a first model (synthetic citizens of a fictional city)")
    learn_from_history(stage, catalogue)
    learn_archetypes(stage, stage.work / "history-release.json")
    return ""


def _publish_first(stage: Stage) -> str:
    stage.console.rule("3. Publish: signed, logged, the same for everyone")
    _publish_city(stage, stage.work / "model")
    return ""


def _learn_from_public_data(stage: Stage, data: Path) -> str:
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
    return ""


def _contribute(stage: Stage, catalogue: Catalogue, *, devices: int, number: str) -> str:
    """Let devices contribute to the city's count; return the week."""
    stage.console.rule(f"{number}. Learn again, from {devices} consenting devices")
    journeys = [
        tuple(ItemId(item) for item in journey)
        for journey in citizen_journeys(catalogue, devices * JOURNEYS_A_DEVICE, seed=7)
    ]
    return _replay(stage, "riverton", journeys, devices=devices)


def _learn_again(stack: Stack, stage: Stage, *, week: str) -> str:
    """Release the week's count, train on history and release, publish the next bundle.

    By hand: a proposal is judged by a week that it did not learn from, and devices report for this one alone.
    """
    released = _release(stack, stage, week)
    model = stage.work / "model-2"
    stage.run(
        "train",
        stage.work / "history-release.json",
        *released,
        "--out",
        model,
        "--catalogue",
        stage.work / "site/catalogue.json",
        "--sessions",
        stage.work / "history.csv",
        "--holdout",
        "0.2",
    )
    learn_archetypes(stage, stage.work / "history-release.json", *released)
    stage.say("  published by hand: nearside model propose needs a second week, to judge by")
    _publish_city(stage, model)
    return ""


def _learn_from_real_journeys(acts: Acts, folder: Path, *, console: Console, data: Path, devices: int) -> str:
    """Replay real GOV.UK journeys through a deployment of their own, release, train, and measure on
    held-out ones."""
    sample = read_sample(data)
    if sample is None:
        console.print(
            "Public journeys were not found (NEARSIDE_DATA names their folder): the city's stand alone."
        )
        return ""
    console.rule(f"7. The same with real journeys: {devices} devices replay a public GOV.UK sample")
    with local_stack(folder / "state", parameters={"Site": GOVUK, "Controller": CONTROLLER}) as stack:
        stage = stage_on(stack, work=folder, console=console)
        week = acts.once("replay real journeys", lambda: _replay_sample(stage, sample, devices=devices))
        released = _release(stack, stage, week) or [folder / NOTHING_YET]
        stage.run(
            "train",
            *released,
            "--out",
            folder / "model-2",
            "--catalogue",
            folder / "catalogue.json",
            "--sessions",
            data / "govuk-journeys/sessions.csv",
            "--holdout",
            "0.2",
        )
    return ""


def _replay_sample(stage: Stage, sample: Sample, *, devices: int) -> str:
    """Publish a first bundle, whose model knows words alone, and let devices contribute; return the week."""
    catalogue, empty, model = (stage.work / name for name in ("catalogue.json", NOTHING_YET, "model"))
    replace_file(catalogue, sample.catalogue.to_bytes())
    replace_file(empty, _nothing_yet(sample.catalogue).to_bytes())
    stage.run("train", empty, "--out", model, "--catalogue", catalogue)
    # The city's own rules speak of the city's own pages.
    rules = AGENCY / "sample-rules.json"
    put_bundle(stage, catalogue=catalogue, rules=rules, model=model, terms=TERMS, asks=False)
    journeys = draw_journeys(sample, count=devices * JOURNEYS_A_DEVICE, seed=7)
    return _replay(stage, GOVUK, journeys, devices=devices)


def _replay(stage: Stage, site: str, journeys: Sequence[Journey], *, devices: int) -> str:
    """Replay journeys through devices that report this week; return the week."""
    now = datetime.now(UTC)
    at_ms = int(now.timestamp() * 1000)
    replay_journeys(stage, site, journeys, devices=devices, now_ms=at_ms, draw=secrets.token_bytes)
    return week_of(now)


def _publish_city(stage: Stage, model: Path) -> None:
    put_bundle(
        stage,
        catalogue=stage.work / "site/catalogue.json",
        rules=AGENCY / "rules.json",
        model=model,
        terms=TERMS,
        archetypes=stage.work / ARCHETYPES,
    )


def _release(stack: Stack, stage: Stage, week: str) -> list[Path]:
    """Release the week and say what came of it; nothing where no device contributed."""
    try:
        made = release_week(stack, week, task=None, out=stage.work / "releases")
    except Refused as error:
        stage.say(f"  nothing to learn from: {error}")
        return []
    for _, release in made:
        stage.say(f"  released {len(release.cells)} cells at k {release.privacy.k}, {_noise(release)}")
    return [file for file, _ in made]


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
