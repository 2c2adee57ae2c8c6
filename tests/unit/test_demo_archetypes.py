"""The demo finds archetypes in its releases, and goes on without them where there are none to be found."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from rich.console import Console

from demo.stage import AGENCY, Stage, learn_archetypes
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.rules import Rules
from nearside.cli import main
from nearside.deployment import Deployment
from tests.support import town as towns

TOWN = towns.catalogue()


def stage_in(folder: Path) -> tuple[Stage, io.StringIO]:
    """A stage that runs commands and has no deployment, and what it says."""
    said = io.StringIO()
    (folder / "site").mkdir()
    (folder / "site/catalogue.json").write_bytes(TOWN.to_bytes())

    def run(*arguments: str | Path) -> None:
        main([str(argument) for argument in arguments], standalone_mode=False)

    console = Console(file=said, width=200)
    return Stage(cast(Deployment, None), TOWN.site, "", folder, console, run), said


def test_what_is_found_is_put_where_the_bundle_takes_it_from(tmp_path: Path) -> None:
    """The command writes a file of the city's own pages, sensitive ones left out."""
    stage, _ = stage_in(tmp_path)
    release = tmp_path / "release.json"
    release.write_bytes(towns.release(TOWN, towns.means(TOWN), seed=1).to_bytes())
    learn_archetypes(stage, release)
    found = Archetypes.parse((tmp_path / "archetypes.json").read_bytes())
    found.check_catalogue(TOWN)
    found.check_sensitive(TOWN, Rules.parse((AGENCY / "rules.json").read_bytes()))
    assert len(found.archetypes) >= 3


def test_too_little_is_said_and_stops_nothing(tmp_path: Path) -> None:
    """A release of no cells gives no file, and one line that says why."""
    stage, said = stage_in(tmp_path)
    release = tmp_path / "release.json"
    empty = Release.of(
        {},
        site=TOWN.site,
        source=Source.LOG,
        period=Period(),
        privacy=Privacy(10, Mechanism.NONE),
        bound=Bound(Unit.VISITOR, 1),
        pages=TOWN.pages,
    )
    release.write_bytes(empty.to_bytes())
    learn_archetypes(stage, release)
    assert "no archetypes: " in said.getvalue()
    assert not (tmp_path / "archetypes.json").exists()
