"""Jobs, snapshots and what became of jobs, in bytes nobody meant: refused, or read as what they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_client.wire.manifest import FileEntry
from lambdas.publish_bundle.begun import Attempts, Begun
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.shared.publishing.job import BringModel, Job, Kill, Publish, Revive, RollBack, Turn
from lambdas.shared.publishing.paging import Answer, Beside, JobMessage, Order, Wanted
from lambdas.shared.publishing.snapshot import MODEL_FILES, NEEDED, Snapshot
from lambdas.shared.publishing.trained_model import MadeFrom
from tests.support.fuzzing import changed, damaged, printed_or_refused

HASH = "ab" * 32
ID = "1795000000-0123abcd"
ASKED = (Publish(HASH, ID), RollBack(7), BringModel(HASH), Kill(None), Kill(("home", "two")), Revive())
ENTRIES = dict.fromkeys((*NEEDED, *MODEL_FILES), FileEntry(HASH, 3))
JOB = Job(ID, "riverton", "riverton", Publish(HASH, ID))
WANTED = (
    Wanted(HASH, None),
    Wanted(HASH, MadeFrom(HASH, HASH, HASH), Beside(HASH, {"candidates.json": HASH}), or_words=True),
)
REFUSED = Answer(HASH, {}, "model: no")
MADE = Answer(HASH, dict.fromkeys(MODEL_FILES, FileEntry(HASH, 3)))
GOOD = {
    "jobs": [Job(ID, "riverton", "riverton", asked).to_bytes() for asked in ASKED],
    "snapshots": [Snapshot("riverton", "riverton", ENTRIES).to_bytes()],
    "results": [Done(ID, 3, HASH, 17, 1).to_bytes(), RefusedJob(ID, "rules: no", 1).to_bytes()],
    "begun": [Attempts((Begun(1, 2, HASH), Begun(2, 2, HASH))).to_bytes()],
    "newest": [Newest(Turn(1, 2), Turn(3, 4), slots={"home": Turn(3, 4)}).to_bytes()],
    "orders": [Order(JOB, wanted).to_bytes() for wanted in WANTED],
    "messages": [JobMessage(JOB, answer).to_bytes() for answer in (None, REFUSED, MADE)],
}
READERS: dict[str, Callable[[bytes], bytes]] = {
    "jobs": lambda data: Job.from_bytes(data).to_bytes(),
    "snapshots": lambda data: Snapshot.from_bytes(data).to_bytes(),
    "results": lambda data: read_result(data).to_bytes(),
    "begun": lambda data: Attempts.from_bytes(data).to_bytes(),
    "orders": lambda data: Order.from_bytes(data).to_bytes(),
    "messages": lambda data: JobMessage.from_bytes(data).to_bytes(),
    "newest": lambda data: Newest.from_bytes(data).to_bytes(),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)
@given(data=st.data())
def test_accidents_are_refused_or_read_as_what_they_are(name: str, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled or put in."""
    text = data.draw(damaged(GOOD[name]))
    assert printed_or_refused(READERS[name], text) in (None, text)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40)
@given(data=st.data())
def test_any_value_in_any_field_is_refused_or_read_as_what_it_is(name: str, data: st.DataObject) -> None:
    """Spelt canonically, so that nothing but the value can be wrong."""
    text = data.draw(changed(GOOD[name]))
    assert printed_or_refused(READERS[name], text) in (None, text)
