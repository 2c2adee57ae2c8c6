"""Jobs and snapshots as messages: what is read prints back, and nothing else is read."""

from __future__ import annotations

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.manifest import FileEntry
from lambdas.publish_bundle.begun import Begun
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.snapshot import MemoryFiles, keep_snapshot
from lambdas.shared.publishing.job import Asked, BringModel, Job, Kill, Publish, Revive, RollBack
from lambdas.shared.publishing.snapshot import Snapshot, check_file

HASH = "ab" * 32
ENTRY = FileEntry(HASH, 3)
NEEDED = dict.fromkeys(("catalogue.json", "notices.json", "rules.json"), ENTRY)
ID = "1795000000-0123abcd"


@pytest.mark.parametrize(
    "asked",
    [Publish(HASH, ID), RollBack(7), BringModel(HASH), Kill(None), Kill(("home", "related")), Revive()],
    ids=lambda asked: type(asked).__name__,
)
def test_a_job_prints_back(asked: Asked) -> None:
    """Every act, byte for byte."""
    job = Job(ID, "riverton", "riverton", asked)
    assert Job.from_bytes(job.to_bytes()) == job


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"act": "erase"},
        {"id": "../1"},
        {"id": ""},
        {"id": "newest"},
        {"id": "1795000000"},
        {"agency": "a/b"},
        {"agency": ".."},
        {"site": "Riverton"},
        {"snapshot": HASH},
        {"slots": []},
        {"slots": ["home", "home"]},
        {"slots": [1]},
        {"slots": "home"},
        {"more": None},
    ],
    ids=str,
)
def test_a_message_that_is_no_job_is_refused(changes: dict[str, canonical.Json]) -> None:
    """Whatever field is wrong, unknown or of another act; no name leads out of its folder."""
    good = canonical.decode_object(Job(ID, "riverton", "riverton", Kill(None)).to_bytes())
    with pytest.raises(Malformed):
        Job.from_bytes(canonical.encode({**good, **changes}))


def test_a_snapshot_prints_back_also_the_one_that_an_agency_keeps() -> None:
    """With a model or without."""
    snapshot = Snapshot("riverton", "riverton", {**NEEDED, "model.json": ENTRY, "model.onnx": ENTRY})
    assert Snapshot.from_bytes(snapshot.to_bytes()) == snapshot
    files = MemoryFiles()
    kept = keep_snapshot(files, AgencyId("riverton"), "riverton", dict.fromkeys(NEEDED, b"abc"))
    listed = files.get(AgencyId("riverton"), "riverton", kept)
    assert listed is not None
    assert Snapshot.from_bytes(listed).to_bytes() == listed
    assert not Snapshot.from_bytes(listed).has_model


@pytest.mark.parametrize(
    "files",
    [
        {"catalogue.json": ENTRY, "rules.json": ENTRY},
        {**NEEDED, "loader.js": ENTRY},
        {**NEEDED, "tasks.json": ENTRY},
        {**NEEDED, "canary.json": ENTRY, "canary.onnx": ENTRY},
        {**NEEDED, "model.onnx": ENTRY},
        {**NEEDED, "archetypes.json": ENTRY},
        {**NEEDED, "../rules.json": ENTRY},
        {**NEEDED, "flows.json": FileEntry(HASH, 2**40)},
    ],
    ids=lambda files: ",".join(files),
)
def test_a_list_of_other_files_is_refused(files: dict[str, FileEntry]) -> None:
    """One too few, code, a task or a model on trial that nobody decided on, half a model, one too long."""
    with pytest.raises(Malformed):
        Snapshot.from_bytes(Snapshot("riverton", "riverton", files).to_bytes())


def test_a_file_is_the_one_that_was_approved() -> None:
    """Or it is said which one is not, by its name and nothing that is in it."""
    for data in (None, b"", b"abcd", b"abc"):
        with pytest.raises(Untrue, match=r"^snapshot: rules\.json is "):
            check_file(data, name="rules.json", entry=ENTRY)


def test_what_became_of_a_job_prints_back() -> None:
    """Done or refused; a reason that is too long is cut."""
    for made in (Done(ID, 3, HASH, 17, 1_795_000_000), RefusedJob(ID, "rules: no", 1_795_000_000)):
        assert read_result(made.to_bytes()) == made
    assert len(RefusedJob(ID, "x" * 9000, 1).to_bytes()) < 2000
    begun = Begun(1_795_000_000, 2, HASH)
    assert Begun.from_bytes(begun.to_bytes()) == begun
