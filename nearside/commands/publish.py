"""`nearside publish`: an agency's files to the bundle that every device fetches."""

from __future__ import annotations

import time
from pathlib import Path

import click

from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import publish as publish_bundle
from nearside.commands.deployed import controller_option, parameters_of, state_option
from nearside.commands.files import read_file, unusable
from nearside.commands.numbers import FiniteRange
from nearside.deployment import Deployment
from nearside.edge_build import read_notices
from nearside.local.stack import open_stack
from nearside.pinned_loader import pinned_on
from nearside.publishing import gather
from nearside.stops_kept import hold_stops

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("publish")
@click.option("--catalogue", required=True, type=_FILE, help="catalogue.json of the site.")
@click.option("--rules", required=True, type=_FILE, help="rules.json: what may appear in which slot.")
@click.option("--notices", required=True, type=_FOLDER, help="Folder with one notice a language.")
@click.option("--model", required=True, type=_FOLDER, help="Folder with model.onnx and model.json.")
@click.option("--archetypes", type=_FILE, help="archetypes.json: groups of pages, for devices alone.")
@click.option("--flows", type=_FILE, help="flows.json: branching questions, asked and resolved on devices.")
@click.option("--reminders", type=_FILE, help="reminders.json: dates that devices remind people of.")
@click.option("--pairs-per-week", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--k", default=10, show_default=True, type=click.IntRange(2), help="Smallest count released.")
@click.option(
    "--candidates",
    type=_FILE,
    help="candidates.json: the public page pairs that releases may be about.",
)
@click.option("--epsilon", default=1.0, show_default=True, type=FiniteRange(0.001, 100))
@click.option("--delta-exp", default=6, show_default=True, type=click.IntRange(1, 30))
@click.option("--revive", is_flag=True, help="Let go on what the agency's people stopped.")
@state_option
@controller_option
def publish(
    catalogue: Path,
    *,
    rules: Path,
    notices: Path,
    model: Path,
    candidates: Path | None,
    archetypes: Path | None,
    flows: Path | None,
    reminders: Path | None,
    pairs_per_week: int,
    k: int,
    epsilon: float,
    delta_exp: int,
    revive: bool,
    state: Path,
    controller: str | None,
) -> None:
    """Check, sign and log the next bundle of a site, and make it live.

    Every file is checked before anything is written, and bundle.json is replaced last: what was live stays
    live until the next bundle is whole. What the agency's people stopped stays so.
    """
    terms = LearningTerms(pairs_per_week, k, round(epsilon * 1000), delta_exp)
    with unusable():
        files = gather(
            catalogue=read_file(catalogue, bytes, named="--catalogue"),
            rules=read_file(rules, bytes, named="--rules"),
            notices=read_notices(notices),
            model=model,
            terms=terms,
            candidates=None if candidates is None else read_file(candidates, bytes, named="--candidates"),
            archetypes=None if archetypes is None else read_file(archetypes, bytes, named="--archetypes"),
            flows=None if flows is None else read_file(flows, bytes, named="--flows"),
            reminders=None if reminders is None else read_file(reminders, bytes, named="--reminders"),
        )
        with open_stack(state, parameters=parameters_of(files.site, controller)) as stack:
            deployment = Deployment.of(stack)
            held = hold_stops(files, deployment, revives=revive)
            done = publish_bundle(
                held.files,
                shelf=deployment.shelf,
                signer=deployment.agency_signer(),
                log=deployment.log,
                keys=deployment.keys(),
                now=int(time.time()),
                seen=held.seen,
            )
            loader = pinned_on(deployment.shelf)
    click.echo(f"{files.site}: version {done.version}, manifest {done.manifest_hash}, leaf {done.index}")
    click.echo(f"keys in force: {done.keys_hash}")
    click.echo(
        f"code: {done.code_files} files, as they are served"
        if done.code_files
        else "code: none is on the shelf, and the manifest says so"
    )
    if held.silent:
        click.echo(
            f"silent, as it was stopped: {', '.join(name for _, name in held.silent)}; --revive ends it"
        )
    if loader:
        click.echo(f"loader, as it is for good: {loader}")
