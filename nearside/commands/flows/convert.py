"""`nearside flows convert`: public formats of others to a flow that an author may go on with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from consent_ledger.errors import Malformed
from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.flow import print_flow
from nearside.commands.files import read_file, unusable
from nearside.importing.eligibility import import_life_event
from nearside.importing.imported import ImportedFlow
from nearside.importing.licences import import_licences
from nearside.importing.smart_answers import NEXT_STEPS, import_results
from nearside.importing.usagov import import_benefit_finder

_FILE = click.Path(path_type=Path, dir_okay=False)
_FILE_OR_FOLDER = click.Path(path_type=Path)
_FILES = {"usagov": 1, "licences": 3, "smart-answer": 1, "life-event": 1}


@click.command("convert")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE_OR_FOLDER)
@click.option("--format", "kind", required=True, type=click.Choice(sorted(_FILES)), help="What FILE is.")
@click.option("--out", required=True, type=_FILE, help="The flow to write, for `nearside flows check`.")
@click.option("--language", default="en", show_default=True, help="Language of a benefit finder's file.")
@click.option("--life-event", default="life-event", show_default=True, help="What it is about.")
@click.option("--rules", type=_FILE, help="A smart answer's questions and rules.  [default: next steps]")
def convert(
    files: tuple[Path, ...], *, kind: str, out: Path, language: str, life_event: str, rules: Path | None
) -> None:
    """Make a flow of FILE: usagov (a benefit finder's JSON), licences (sectors, activities and licences, in
    this order, as CSV), smart-answer (results as YAML), or life-event (the folder of a benefits eligibility
    site, with `content` and `locales` in it).

    What the source says in two ways, or leaves open, is told with its place.
    """
    if len(files) != _FILES[kind]:
        raise click.UsageError(f"{kind} is made of {_FILES[kind]} FILE")
    with unusable():
        if kind == "life-event":
            (folder,) = files
            made = import_life_event(_content(folder), language=language, life_event=life_event)
        else:
            read = [read_file(file, bytes, named=f"FILE {file.name}") for file in files]
            made = _convert(kind, read, language=language, life_event=life_event, rules=rules)
        text = json.dumps(print_flow(made.flow), ensure_ascii=False, indent=1)
        replace_file(out, f"{text}\n".encode())
    for note in made.notes:
        click.echo(f"{note.place}: {note.text}")
    click.echo(
        f"{made.flow.name}: {len(made.flow.questions)} questions, {len(made.flow.outcomes)} outcomes, "
        f"{len(made.notes)} notes; written to {out}"
    )


def _content(folder: Path) -> dict[str, bytes]:
    """Return what a life event is made of, by the paths in its folder."""
    parts = ("content/criteria.csv", "content/life-events/*.md", "content/benefits/*.md", "locales/**/*.json")
    found = [file for part in parts for file in folder.glob(part)]
    return {
        file.relative_to(folder).as_posix(): read_file(file, bytes, named=f"FILE {file.name}")
        for file in found
    }


def _convert(
    kind: str, read: list[bytes], *, language: str, life_event: str, rules: Path | None
) -> ImportedFlow:
    match kind, read:
        case "usagov", [form]:
            return import_benefit_finder(form, language=language, life_event=life_event)
        case "licences", [sectors, activities, licences]:
            return import_licences(sectors=sectors, activities=activities, licences=licences)
        case "smart-answer", [results]:
            return import_results(results, rules=read_file(rules or NEXT_STEPS, bytes, named="--rules"))
        case _:
            raise Malformed("flows: not these files")
