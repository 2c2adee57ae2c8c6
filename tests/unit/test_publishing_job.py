"""Jobs and snapshots as messages: what is read prints back, and nothing else is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.manifest import FileEntry
from lambdas.publish_bundle.begun import Attempts, Begun
from lambdas.publish_bundle.newest import MAX_NEWEST_BYTES, Newest
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.snapshot import MemoryFiles, keep_snapshot
from lambdas.shared.publishing.job import Asked, BringModel, Job, Kill, Publish, Revive, RollBack, Turn
from lambdas.shared.publishing.snapshot import Snapshot, check_file
from lambdas.shared.publishing.stopping import Stops

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
    attempts = Attempts().plus(begun).plus(replace(begun, at=begun.at + 1))
    assert Attempts.from_bytes(attempts.to_bytes()) == attempts
    before = canonical.encode({"v": 1, "at": begun.at, "upon": 2, "files": HASH})
    assert Attempts.from_bytes(before) == Attempts((begun,))


def test_jobs_of_before_they_had_numbers_are_read() -> None:
    """Byte for byte, and each of them was asked for before any that has one."""
    old = Job("1795000009-0123abcd", "riverton", "riverton", Kill(None))
    raw = (
        b'{"act":"kill","agency":"riverton","id":"1795000009-0123abcd","site":"riverton","slots":null,"v":1}'
    )
    assert old.to_bytes() == raw
    assert Job.from_bytes(raw) == old
    older, new = replace(old, id="1795000008-0123abcd"), replace(old, id="1795000000-0123abcd", number=1)
    assert older.turn < old.turn < new.turn < replace(new, number=2).turn
    assert Job.from_bytes(new.to_bytes()) == new
    with pytest.raises(Malformed):
        Job.from_bytes(new.to_bytes().replace(b'"number":1', b'"number":0'))


def test_what_is_newest_prints_back_also_as_it_was_kept_before() -> None:
    """Whole seconds of before are older than any number; a job that is done twice changes nothing twice."""
    before = Newest.from_bytes(b'{"files":1795000000,"stop":1795000001,"v":1}')
    assert before == Newest(Turn(0, 1_795_000_000), Turn(0, 1_795_000_001))
    assert before.stops == Stops()
    asked: tuple[Asked, ...] = (RollBack(1), Kill(("home",)), Kill(("related",)), Kill(None))
    jobs = [Job(ID, "riverton", "riverton", each, number) for number, each in enumerate(asked, 1)]
    after = before
    for job in (*jobs, *jobs):
        after = after.after(job)
        assert Newest.from_bytes(after.to_bytes()) == after
    assert (after.files, after.stop) == (jobs[0].turn, jobs[3].turn)
    assert after.stops == Stops(True, frozenset({"home", "related"}))
    revive = Job(ID, "riverton", "riverton", Revive(), 3)
    assert after.overtook(revive)
    assert after.after(replace(revive, number=5)).stops == Stops()


def test_stops_without_number_end_in_a_stop_of_all() -> None:
    """Whoever names slots that are not there, again and again, makes the record no longer than it may be."""
    newest = Newest()
    for number in range(1, 40):
        slots = tuple(f"{number}-{each}-{'x' * 100}" for each in range(60))
        newest = newest.after(Job(ID, "riverton", "riverton", Kill(slots), number))
    assert newest.stops.site
    assert len(newest.to_bytes()) < MAX_NEWEST_BYTES
