"""What devices send: one length, one spelling, and nothing else gets in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.purposes import Purpose
from consent_ledger.record import Gpc, Status
from edge_client.wire.consent import BODY_BYTES, ConsentAccepted, RecordConsent
from edge_client.wire.contribution import MAX_BODY_BYTES, NOTHING, Contribution
from edge_client.wire.task import MeasurementTask, parse_tasks, print_tasks
from tests.support.ledger import device_signer, record
from tests.support.measuring import TASK

INDEXES = st.integers(0, NOTHING - 1)
REPORT_IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(source=INDEXES, target=INDEXES, report_id=REPORT_IDS)
def test_every_contribution_to_a_task_has_one_length(source: int, target: int, report_id: str) -> None:
    """Real or empty, whichever pages: the same number of bytes, and back the same contribution."""
    empty = Contribution.nothing("city-moves-1", period="2026-W47", report_id=report_id)
    assert Contribution.from_bytes(empty.to_bytes()) == empty
    assert empty.is_nothing
    if source != target:
        real = replace(empty, source=source, target=target)
        assert Contribution.from_bytes(real.to_bytes()) == real
        assert len(real.to_bytes()) == len(empty.to_bytes()) <= MAX_BODY_BYTES


@pytest.mark.parametrize(
    "change",
    [
        {"from": "1"}, {"from": "0000012"}, {"from": 12}, {"from": "00001٢"},
        {"from": "000002", "to": "000002"},
        {"to": "999999"}, {"id": "0" * 31}, {"id": "G" * 32}, {"id": "A" * 32}, {"period": "2026-W54"},
        {"period": "2026-47"}, {"task": ""}, {"task": "Upper"}, {"task": "-a"}, {"task": "a" * 65}, {"v": 2},
        {"v": True}, {"more": 1}, {"from": None},
    ],
    ids=repr,
)  # fmt: skip
def test_a_contribution_that_no_device_sends_is_malformed(change: dict[str, object]) -> None:
    """One wrong field is enough; the error does not repeat it."""
    sound = json.loads(Contribution("t", "2026-W47", "0" * 32, 1, 2).to_bytes())
    with pytest.raises(Malformed, match=r"^contribution: "):
        Contribution.from_bytes(canonical.encode(sound | change))


@pytest.mark.parametrize("spoil", [bytes.upper, lambda body: body + b" ", lambda body: b"[" + body + b"]"])
def test_only_the_canonical_spelling_passes(spoil: Callable[[bytes], bytes]) -> None:
    """Another spelling of the same contribution is malformed."""
    with pytest.raises(Malformed):
        Contribution.from_bytes(spoil(Contribution("t", "2026-W47", "0" * 32, 1, 2).to_bytes()))


@given(
    status=st.sampled_from([Status.GIVEN, Status.REFUSED, Status.WITHDRAWN]),
    purpose=st.sampled_from(list(Purpose)),
    gpc=st.sampled_from([Gpc.ABSENT, Gpc.PRESENT]),
    version=st.integers(1, 2**53 - 1),
    salt=st.binary(min_size=32, max_size=32),
)
def test_every_consent_request_has_one_length(
    *, status: Status, purpose: Purpose, gpc: Gpc, version: int, salt: bytes
) -> None:
    """Given, refused or withdrawn, for whichever purpose: 4096 bytes, and back the same request."""
    made = record(
        status=status,
        purpose=purpose,
        gpc=gpc,
        notice_version=version,
        controller="c" * 100,
        previous=bytes(32),
    )
    request = RecordConsent(made, salt, device_signer().sign(made.signed_bytes()))
    assert len(request.to_bytes()) == BODY_BYTES
    assert RecordConsent.from_bytes(request.to_bytes()) == request


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"pad":"x', b'"pad":"y'),
        (b"ConsentGiven", b"ConsentTaken"),
        (b'"salt":"0', b'"salt":"G'),
        (b'==","v"', b'=A","v"'),
    ],
)
def test_a_consent_request_is_exact(old: bytes, new: bytes) -> None:
    """Padding, salt, signature, version and record each have one form."""
    made = record()
    body = RecordConsent(made, bytes(32), device_signer().sign(made.signed_bytes())).to_bytes()
    assert body.count(old) >= 1
    with pytest.raises(Malformed):
        RecordConsent.from_bytes(body.replace(old, new, 1))


@pytest.mark.parametrize("length", [0, BODY_BYTES - 1, BODY_BYTES + 1])
def test_a_consent_request_of_another_length_is_malformed(length: int) -> None:
    """The length is looked at before anything else."""
    with pytest.raises(Malformed, match="not 4096 bytes"):
        RecordConsent.from_bytes(b"x" * length)


def test_the_answer_names_the_entry() -> None:
    """32 bytes in hexadecimal, canonical."""
    accepted = ConsentAccepted(bytes(range(32)))
    assert ConsentAccepted.from_bytes(accepted.to_bytes()) == accepted
    for body in (b"{}", b'{"entry":"00","v":1}', accepted.to_bytes() + b"\n"):
        with pytest.raises(Malformed):
            ConsentAccepted.from_bytes(body)


def test_tasks_print_back() -> None:
    """A task and a list of tasks are the same bytes after reading."""
    other = replace(TASK, task_id="another")
    assert MeasurementTask.from_bytes(TASK.to_bytes()) == TASK
    assert parse_tasks(print_tasks((TASK, other))) == (other, TASK)
    with pytest.raises(Malformed, match="sorted and unique"):
        parse_tasks(canonical.encode({"v": 1, "tasks": [TASK.to_value(), other.to_value()]}))


@pytest.mark.parametrize(
    "change",
    [
        {"k": 1}, {"k": "10"}, {"epsilon_milli": 0}, {"delta_exp": 0}, {"pairs_per_week": 0},
        {"pairs_per_week": 65},
        {"pages": 0}, {"pages": NOTHING}, {"purpose": "sell"}, {"kind": "everything"}, {"sentence": ""},
        {"pages_hash": "0" * 63}, {"id": "x y"}, {"site": ""}, {"v": 2}, {"more": 1},
    ],
    ids=repr,
)  # fmt: skip
def test_a_task_without_protection_is_malformed(change: dict[str, object]) -> None:
    """No minimum, no noise, an unknown purpose or an unknown field: the task is not one."""
    with pytest.raises(Malformed, match=r"^task: "):
        MeasurementTask.from_bytes(canonical.encode(TASK.to_value() | change))
