"""The files of a bundle: judged together before they are signed, and read back as they were published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import available_timezones

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.rules.compile import check_rules
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.manifest import ARCHETYPES, CANDIDATES, FLOWS, REMINDERS, Canary, Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Rules
from edge_client.wire.task import MeasurementTask, parse_tasks, print_tasks
from lambdas.shared.publishing.learning_task import LearningTerms, learning_task
from lambdas.shared.publishing.live_bundle import Shelf
from lambdas.shared.publishing.site_clocks import clock_problems
from lambdas.shared.publishing.trained_model import TrainedModel, check_model


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """The files of a bundle, parsed once and found sound; `by_name` holds their exact bytes.

    With a `canary` they hold its model and card too.
    """

    site: str
    by_name: Mapping[str, bytes]
    notices: Notices
    tasks: tuple[MeasurementTask, ...]
    canary: Canary | None = None


def check_files(
    *,
    catalogue: bytes,
    rules: bytes,
    notices: list[canonical.Json],
    model: TrainedModel,
    terms: LearningTerms,
    candidates: bytes | None = None,
    archetypes: bytes | None = None,
    flows: bytes | None = None,
    reminders: bytes | None = None,
) -> BundleFiles:
    """Check every file of a bundle, together; those with a default are optional.

    Raises `Malformed` with the file and the field that is wrong, `Untrue` for a model, candidates or
    archetypes of other pages, and for archetypes of sensitive ones, `Refused` for rules that do not compile.
    """
    with _reading("catalogue.json"):
        items = Catalogue.parse(catalogue)
    with _reading("rules.json"):
        limits = Rules.parse(rules)
    with _reading("notices"):
        words = canonical.encode({"v": 1, "notices": notices})
        asked = Notices.parse(words)
    task = learning_task(items, terms)
    with _reading("model.json"):
        check_model(model, items)
    public: dict[str, bytes] = {}
    if candidates is not None:
        with _reading(CANDIDATES):
            Candidates.parse(candidates).check_pages(items.pages)
        public[CANDIDATES] = candidates
    groups: Archetypes | None = None
    if archetypes is not None:
        with _reading(ARCHETYPES):
            groups = Archetypes.parse(archetypes)
            groups.check_catalogue(items)
            groups.check_sensitive(items, limits)
        public[ARCHETYPES] = archetypes
    if flows is not None:
        with _reading(FLOWS):
            parse_flows(flows)
        public[FLOWS] = flows
    if reminders is not None:
        with _reading(REMINDERS):
            if Reminders.parse(reminders).zone not in available_timezones():
                raise Malformed("reminders: zone is none of the time zone database")
        public[REMINDERS] = reminders
    check_rules(limits, items, groups)
    for problem in clock_problems(limits):
        raise Refused(str(problem))
    return BundleFiles(
        site=items.site,
        by_name={
            "catalogue.json": catalogue,
            "rules.json": rules,
            "notices.json": words,
            "tasks.json": print_tasks((task,)),
            "model.onnx": model.onnx,
            "model.json": model.card,
            **public,
        },
        notices=asked,
        tasks=(task,),
    )


def read_files(shelf: Shelf, manifest: Manifest) -> BundleFiles:
    """Read the files of a bundle back. Raises `Untrue` when one is missing or is another."""
    files = {
        name: read_public(shelf, manifest.site, digest=entry.sha256) for name, entry in manifest.files.items()
    }
    return BundleFiles(
        site=manifest.site,
        by_name=files,
        notices=Notices.parse(files["notices.json"]),
        tasks=parse_tasks(files["tasks.json"]),
        canary=manifest.canary,
    )


def read_public(shelf: Shelf, site: str, *, digest: str) -> bytes:
    """Read a published file by its SHA-256 in hex. Raises `Untrue` when it is missing or is another."""
    data = shelf.read(f"nearside/{site}/files/{digest}")
    if data is None or hashlib.sha256(data).hexdigest() != digest:
        raise Untrue("bundle: a file that it names is missing or is another")
    return data


@contextmanager
def _reading(file: str) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        raise Malformed(f"{file}: {error}") from error
