"""Sets the demo agency up on a running stack: pages, device runtime, a first model, a bundle."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from demo.alerts import city_areas, put_alerts
from demo.devices import Journey, ScriptedHost, Site, replay
from demo.journeys import citizen_journeys
from demo.site import ScriptTag, build_site
from edge_client.bundle import Trust
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import ARCHETYPES, FLOWS, REMINDERS
from edge_client.wire.notice import Notice
from lambdas.shared.publishing.device_code import read_device_code
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.live_bundle import live_bundle
from lambdas.shared.publishing.publication import Published, publish
from nearside.commands.files import Unusable
from nearside.commands.stopping import run_until_told
from nearside.deployment import Deployment
from nearside.edge_build import build_edge, read_notices
from nearside.publishing import gather
from nearside.stops_kept import hold_stops

HERE = Path(__file__).resolve().parent
AGENCY = HERE / "agency"
CITIZENS = 3_000
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Stage:
    """A running deployment, the controller that it speaks for, and a folder for what is made on the way."""

    deployment: Deployment
    controller: str
    url: str
    work: Path
    console: Console
    run: Callable[..., None]

    def trust(self, site: str) -> Trust:
        """What the pages of `site` name."""
        return Trust(site, self.deployment.agency_signer().key, self.deployment.keys().log_keys())

    def say(self, text: str) -> None:
        """Tell the person who watches."""
        self.console.print(text, highlight=False)

    def watch(self, title: str, total: int | None) -> Progress:
        """Return a progress bar with one task."""
        progress = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total}"),
            TimeElapsedColumn(),
            console=self.console,
        )
        progress.add_task(title, total=total)
        return progress


def put_pages(stage: Stage) -> Catalogue:
    """Build the city's pages with the deployment's own keys in their script tag, and put them on the
    shelf."""
    trust = stage.trust("riverton")
    tag = ScriptTag(
        site="riverton",
        agency_key=str(trust.agency),
        ledger_key=str(trust.ledger),
    )
    out = stage.work / "site"
    build_site(out, tag)
    _upload(stage, out, prefix="", title="pages")
    (stage.work / "areas.json").write_bytes(city_areas().to_bytes())
    put_alerts(stage.deployment, "river")
    return Catalogue.parse((out / "catalogue.json").read_bytes())


def put_runtime(stage: Stage) -> None:
    """Build what devices load, and put it on the shelf."""
    build = build_edge(stage.work / "edge", notices=AGENCY / "notices")
    _upload(stage, build.folder, prefix="nearside/", title="device runtime")


def learn_from_history(stage: Stage, catalogue: Catalogue) -> Path:
    """Make a release of the synthetic citizens' journeys, and train the first model on it; return its
    folder."""
    history = stage.work / "history.csv"
    journeys = citizen_journeys(catalogue, CITIZENS, SEED)
    write_sessions(history, journeys)
    release, model = stage.work / "history-release.json", stage.work / "model"
    catalogue_file = stage.work / "site" / "catalogue.json"
    stage.run(
        "aggregate",
        history,
        "--format",
        "sessions",
        "--site",
        "riverton",
        "--out",
        release,
        "--catalogue",
        catalogue_file,
        "--epsilon",
        "1",
        "--holdout",
        "0.2",
    )
    stage.run(
        "train",
        release,
        "--out",
        model,
        "--catalogue",
        catalogue_file,
        "--sessions",
        history,
        "--holdout",
        "0.2",
    )
    return model


def learn_archetypes(stage: Stage, *releases: Path) -> None:
    """Find groups of pages in the city's releases; where they tell too few apart, the bundle goes without."""
    try:
        stage.run(
            "archetypes",
            *releases,
            "--catalogue",
            stage.work / "site/catalogue.json",
            "--rules",
            AGENCY / "rules.json",
            "--out",
            stage.work / ARCHETYPES,
        )
    except Unusable as error:
        stage.say(f"  no archetypes: {error.message}")


def put_bundle(
    stage: Stage,
    *,
    catalogue: Path,
    rules: Path,
    model: Path,
    terms: LearningTerms,
    archetypes: Path | None = None,
    asks: bool = True,
) -> Published:
    """Publish catalogue, rules, notices, tasks, model and archetypes, if there are any, as the site's next
    bundle; where it `asks`, the flows and reminders of the city, which its own rules are told of, as well."""
    files = gather(
        catalogue=catalogue.read_bytes(),
        rules=rules.read_bytes(),
        notices=read_notices(AGENCY / "notices"),
        model=model,
        terms=terms,
        archetypes=archetypes.read_bytes() if archetypes is not None and archetypes.is_file() else None,
        flows=canonical.encode(json.loads((AGENCY / FLOWS).read_bytes())) if asks else None,
        reminders=canonical.encode(json.loads((AGENCY / REMINDERS).read_bytes())) if asks else None,
    )
    held = hold_stops(files, stage.deployment, revives=False)
    published = publish(
        held.files,
        shelf=stage.deployment.shelf,
        signer=stage.deployment.agency_signer(),
        log=stage.deployment.log,
        keys=stage.deployment.keys(),
        now=int(time.time()),
        seen=held.seen,
    )
    stage.say(
        f"  bundle {files.site} version {published.version}, manifest {published.manifest_hash[:16]}…, "
        f"leaf {published.index} of the ledger"
    )
    stage.say(
        f"  {published.documents} documents of its leaves are served beside the ledger, among them the keys "
        f"in force ({published.keys_hash[:16]}…)"
    )
    stage.say(f"  the manifest names {published.code_files} files of code that devices run")
    return published


def is_outdated(stage: Stage, site: str) -> bool:
    """Say whether the site's live bundle names other code than the shelf has, or other keys than are in
    force, or is not the last in the log."""
    shelf, log, keys = stage.deployment.shelf, stage.deployment.log, stage.deployment.keys()
    try:
        live = live_bundle(shelf, site, log=log, keys=keys)
    except (Malformed, Untrue):
        return True
    named = hashlib.sha256(keys.to_bytes()).hexdigest()
    return live is not None and (
        (live.manifest.keys, dict(live.manifest.code)) != (named, dict(read_device_code(shelf).hashes))
    )


def replay_journeys(
    stage: Stage,
    site: str,
    journeys: Sequence[Journey],
    *,
    devices: int,
    now_ms: int,
    draw: Callable[[int], bytes],
) -> tuple[ScriptedHost, ...]:
    """Replay journeys through scripted devices against the stack's real endpoints; `now_ms` is the time."""
    visited = Site(stage.trust(site), stage.controller, _notice("en"), "en")
    with stage.watch(f"{devices} devices", devices) as progress:
        return run_until_told(
            replay(
                visited,
                journeys,
                url=stage.url,
                devices=devices,
                now_ms=now_ms,
                draw=draw,
                progress=lambda done: progress.update(progress.task_ids[0], completed=done),
            )
        )


def write_sessions(path: Path, journeys: Iterable[Sequence[str]]) -> None:
    """Write journeys as a table of occurrences and page sequences, the most frequent first."""
    counts = Counter(" >> ".join(journey).replace(" >> ", ">>") for journey in journeys)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["occurrences", "page_sequence"])
        table.writerows([count, sequence] for sequence, count in counts.most_common())


def _notice(lang: str) -> Notice:
    return Notice.from_value(json.loads((AGENCY / "notices" / f"{lang}.json").read_text()))


def _upload(stage: Stage, folder: Path, *, prefix: str, title: str) -> None:
    total = sum(1 for file in folder.rglob("*") if file.is_file())
    with stage.watch(title, total) as progress:
        for _ in stage.deployment.shelf.write_folder(folder, prefix=prefix):
            progress.advance(progress.task_ids[0])
