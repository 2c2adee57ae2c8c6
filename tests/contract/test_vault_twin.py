"""The vault's twin in JavaScript keeps and offers exactly what the rules in Python say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from edge_client.vault.tokens import field_key, key_of, may_be_card, own_key
from edge_client.vault.vault import Vault, current, keep, offers, without
from tests.support.node_twin import Twin, in_javascript

TODAY = date(2026, 11, 22)
FORMS = ("permit", "library", "move.1")
KEYS = ("name", "street-address", "home tel", "email", ":vehicle", ":zone")
values = st.sampled_from(("4111 1111 1111 1111", " ", "x" * 501, "4 Mill Lane\nRiverton")) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=30
)
days = st.integers(0, 900).map(lambda count: (TODAY + timedelta(days=count)).isoformat())
steps = st.fixed_dictionaries(
    {
        "act": st.sampled_from(("keep", "keep", "offers", "without", "current")),
        "form": st.sampled_from(FORMS),
        "title": st.text(st.characters(exclude_categories=["Cs"]), max_size=220),
        "answers": st.dictionaries(st.sampled_from(KEYS), values),
        "keys": st.lists(st.sampled_from(KEYS)),
        "day": days,
    }
)
PIECES = (
    "name", "tel", "email", "home", "work", "shipping", "billing", "section-a", "cc-number", "bday", "Name",
    "\t", " ", "\u00a0", "off", "vehicle", "a-1", "street-address", "\u212a",
)  # fmt: skip


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    """The rules in JavaScript."""
    with in_javascript(Path(__file__).resolve().parent.parent / "support" / "vault_batch.mjs") as run:
        yield run


def in_python(made: list[dict[str, Any]]) -> list[str]:
    """Run one case here."""
    vault, told = Vault(), []
    for step in made:
        today = date.fromisoformat(step["day"])
        if step["act"] == "offers":
            told.append(Vault(offers(vault, step["form"], step["keys"], today=today)).to_bytes().decode())
            continue
        match step["act"]:
            case "keep":
                vault = keep(vault, step["form"], step["title"], answers=step["answers"], today=today)
            case "without":
                vault = without(vault, step["form"])
            case _:
                vault = current(vault, today=today)
        told.append(vault.to_bytes().decode())
    return told


@given(made=st.lists(steps, min_size=1, max_size=8))
def test_both_keep_and_offer_the_same(made: list[dict[str, Any]], twin: Twin) -> None:
    """Whatever was kept of which forms, on whichever days: the bytes are the same, and so are the offers."""
    assert twin({"what": "moves", "steps": made}) == in_python(made)


@given(
    text=st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join) | st.text("0123456789 -", max_size=24)
)
def test_both_take_the_same_fields_and_leave_the_same_out(text: str, twin: Twin) -> None:
    """Tokens, an agency's own names and numbers of cards."""
    assert twin({"what": "token", "text": text}) == [key_of(text), own_key(text), may_be_card(text)]


@given(
    text=st.lists(st.sampled_from((*PIECES, "on", "one-time-code", "OFF")), max_size=3).map(" ".join),
    own=st.none() | st.sampled_from(("vehicle", "Vehicle", "code")),
)
def test_both_heed_the_token_before_the_agency_s_own_name(text: str, own: str | None, twin: Twin) -> None:
    """What the token says is a code or a card is kept under no name."""
    assert twin({"what": "field", "text": text, "own": own}) == field_key(text, own)


@given(
    made=st.lists(steps.filter(lambda step: step["act"] == "keep"), min_size=1, max_size=3),
    at=st.integers(0, 10_000),
    instead=st.sampled_from(("", '"', "}", "[", ",", "0", "-", "a", "name", "2026-02-30")),
)
def test_both_read_the_same_and_refuse_the_same(
    made: list[dict[str, Any]], at: int, instead: str, twin: Twin
) -> None:
    """One place changed: taken by both as the same, or by neither."""
    whole = in_python(made)[-1]
    raw = whole[: at % len(whole)] + instead + whole[at % len(whole) + 1 :]
    try:
        read: str | None = Vault.from_bytes(raw.encode()).to_bytes().decode()
    except Malformed:
        read = None
    assert twin({"what": "reads", "raw": raw}) == read
    assert twin({"what": "reads", "raw": whole}) == whole
