"""The files that a job asks for, from what is live, what was live, or what an agency's people approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from consent_ledger import canonical
from consent_ledger.errors import Refused, Untrue
from consent_ledger.fields import Fields
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import ARCHETYPES, CANARY_NAMES, CANDIDATES, FLOWS, REMINDERS
from lambdas.publish_bundle.models import Models
from lambdas.publish_bundle.ports import Decided, Files, Press
from lambdas.shared.publishing.bundle_files import BundleFiles, check_files, read_files
from lambdas.shared.publishing.history import manifest_of
from lambdas.shared.publishing.job import BringModel, Job, Kill, Publish, Revive, RollBack
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.paging import Pages
from lambdas.shared.publishing.snapshot import MAX_SNAPSHOT_BYTES, Snapshot, check_file
from lambdas.shared.publishing.stopping import RULES, as_live, check_startable, revived, stopped
from lambdas.shared.publishing.trained_model import TrainedModel, check_trained

_MOST_NOTICES: Final = 100


def wanted(
    job: Job,
    bundle: PublishedBundle | None,
    *,
    files: Files,
    press: Press,
    decided: Decided,
    pages: Pages,
) -> BundleFiles | None:
    """Return the files of the next bundle, None where those that are live are what is asked for.

    Raises `Malformed`, `Untrue` or `Refused` with what is wrong, and `NotPaged` while there is no model of
    the pages that it would have.
    """
    live = None if bundle is None else read_files(press.shelf, bundle.manifest)
    if isinstance(job.asked, Publish):
        return _approved(job, job.asked.snapshot, live, files, Models(decided, pages))
    if live is None or bundle is None:
        raise Refused("job: no bundle is live")
    match job.asked:
        case RollBack(version):
            earlier = manifest_of(version, bundle, document=press.document)
            before = read_files(press.shelf, earlier)
            if decided.is_taken_back(before):
                raise Refused("roll back: the model of that version was taken back since")
            return _as_live(_without_trial(before), live)
        case BringModel(proposal):
            return decided.files(live, proposal=proposal, pages=pages)
        case Kill(slots):
            return _changed(live, stopped(live.by_name, slots))
        case Revive():
            return _changed(live, revived(live.by_name))
        case _:
            assert_never(job.asked)


def _approved(job: Job, digest: str, live: BundleFiles | None, files: Files, models: Models) -> BundleFiles:
    listed = files.file(job.agency, job.site, sha256=digest, size_bytes=MAX_SNAPSHOT_BYTES)
    if listed is None or hashlib.sha256(listed).hexdigest() != digest:
        raise Untrue("snapshot: it is missing or is another")
    snapshot = Snapshot.from_bytes(listed)
    if (snapshot.agency, snapshot.site) != (job.agency, job.site):
        raise Untrue("snapshot: of another agency or another site")
    contents = {
        name: check_file(
            files.file(job.agency, job.site, sha256=entry.sha256, size_bytes=entry.size_bytes),
            name=name,
            entry=entry,
        )
        for name, entry in snapshot.files.items()
    }
    if not snapshot.has_model:
        contents |= models.of(contents["catalogue.json"], live)
    else:
        check_trained(contents["model.json"], noun="snapshot")
    checked = _checked(contents, _terms(live))
    check_startable(contents)
    if checked.site != job.site:
        raise Untrue("snapshot: its catalogue is of another site")
    return checked if live is None else _as_live(checked, live)


def _as_live(files: BundleFiles, live: BundleFiles) -> BundleFiles:
    """Files that may be published: what is stopped stays so, whoever publishes what."""
    _checked(files.by_name, _terms(files))  # by what holds today, and not when they were first published
    return _changed(files, as_live(files.by_name, live.by_name)) or files


def _checked(contents: Mapping[str, bytes], terms: LearningTerms) -> BundleFiles:
    fields = Fields(canonical.decode(contents["notices.json"]), "notices")
    fields.whole("v", low=1, high=1)
    notices = fields.rows("notices", max_length=_MOST_NOTICES)
    fields.done()
    return check_files(
        catalogue=contents["catalogue.json"],
        rules=contents[RULES],
        notices=notices,
        model=TrainedModel(contents["model.onnx"], contents["model.json"]),
        terms=terms,
        candidates=contents.get(CANDIDATES),
        archetypes=contents.get(ARCHETYPES),
        flows=contents.get(FLOWS),
        reminders=contents.get(REMINDERS),
    )


def _terms(files: BundleFiles | None) -> LearningTerms:
    """What a site asks devices to count goes on as it is: another week's worth is its deployer's to set."""
    if files is None or not files.tasks:
        return LearningTerms()
    task = files.tasks[0]
    return LearningTerms(task.pairs_per_week, task.k, task.epsilon_milli, task.delta_exp)


def _without_trial(files: BundleFiles) -> BundleFiles:
    kept = {name: data for name, data in files.by_name.items() if name not in CANARY_NAMES}
    return replace(files, by_name=kept, canary=None)


def _changed(files: BundleFiles, after: Mapping[str, bytes]) -> BundleFiles | None:
    return None if after == files.by_name else replace(files, by_name=after)
