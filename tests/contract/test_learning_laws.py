"""The laws of `Store`: every implementation passes them, the reference in memory first."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent_ledger.errors import Untrue
from lambdas.shared.learning.memory import MemoryStore
from lambdas.shared.learning.ports import Store
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.learning.store import LearningStore
from tests.support.learning import PEOPLE, SITE, digest, proposal

pytest_plugins = ["tests.support.ministack"]


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore()
    ministack = request.getfixturevalue("ministack")
    return LearningStore(ministack.client("s3"), ministack.bucket(), SITE)


def test_the_same_inputs_keep_the_first_proposal(store: Store) -> None:
    """Whoever comes second is given the one that counts."""
    inputs = secrets.token_hex(32)
    assert store.proposal_of(inputs) is None
    one, two = proposal("one"), proposal("two")
    assert store.propose(inputs, one) == one
    assert store.propose(inputs, two) == one
    assert store.proposal_of(inputs) == one
    assert list(store.proposals()) == [one]


def test_one_statement_follows_each(store: Store) -> None:
    """Of eight at once one counts, and all are told the same."""
    name = digest("proposal")
    statements = [
        sign_statement(Statement(SITE, Step.CANARY, name, None, share), PEOPLE[0]) for share in range(1, 9)
    ]
    with ThreadPoolExecutor(8) as pool:
        told = {signed.digest for signed in pool.map(store.accept, statements)}
    assert len(told) == 1
    assert {signed.digest for signed in store.statements()} == told


def test_statements_that_follow_others_stand_side_by_side(store: Store) -> None:
    """And each of them again is the same as once."""
    first = sign_statement(Statement(SITE, Step.CANARY, digest("p"), None, 5), PEOPLE[0])
    then = sign_statement(Statement(SITE, Step.LIVE, digest("p"), first.digest.hex()), PEOPLE[1])
    for signed in (first, then, first, then):
        assert store.accept(signed).to_bytes() == signed.to_bytes()
    assert {signed.digest for signed in store.statements()} == {first.digest, then.digest}
    assert (store.after(None), store.after(first.digest.hex())) == (first, then)
    assert store.after(then.digest.hex()) is None


def test_a_file_is_its_hash(store: Store) -> None:
    """Kept twice it is there once; one that is missing is untrue."""
    for _ in range(2):
        store.keep_file(b"model")
    assert store.file(digest("model")) == b"model"
    with pytest.raises(Untrue):
        store.file(digest("another"))
