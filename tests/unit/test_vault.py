"""Which answers to forms may be kept, for how long, and which form is offered what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consent_ledger.errors import Malformed
from edge_client.vault.tokens import field_key, key_of, may_be_card, own_key
from edge_client.vault.vault import KEPT_DAYS, MOST_ENTRIES, Vault, current, keep, offers, without

TODAY = date(2026, 11, 22)
ANSWERS = {"name": "Sam Carter", "street-address": "4 Mill Lane\nRiverton", ":vehicle": "RVT 204"}


def permit() -> Vault:
    """A vault with the answers of the permit's form."""
    return keep(Vault(), "permit", "Apply for a permit", answers=ANSWERS, today=TODAY)


@pytest.mark.parametrize(
    ("autocomplete", "key"),
    [
        ("name", "name"),
        ("  Street-Address ", "street-address"),
        ("shipping postal-code", "shipping postal-code"),
        ("home tel", "home tel"),
        ("billing work email", "billing work email"),
        ("home name", None),
        ("section-child name", None),
        ("", None),
        ("on", None),
        ("off", None),
        ("cc-number", None),
        ("cc-csc", None),
        ("one-time-code", None),
        ("current-password", None),
        ("new-password", None),
        ("username", None),
        ("bday", None),
        ("bday-year", None),
        ("sex", None),
        ("transaction-amount", None),
        ("name webauthn", None),
        ("\u212aame", None),
    ],
)
def test_only_what_forms_ask_again_and_again_may_be_kept(autocomplete: str, key: str | None) -> None:
    """By the field's own word for it: no password, code, card or birthday, and nobody else's name."""
    assert key_of(autocomplete) == key


@pytest.mark.parametrize("name", ["", "Vehicle", "1st", "a b", ":vehicle", "a" * 65])
def test_an_agency_s_own_name_is_a_plain_word(name: str) -> None:
    """It cannot be taken for a token, nor for another key."""
    assert own_key(name) is None
    assert own_key("vehicle") == ":vehicle"


@pytest.mark.parametrize(
    ("autocomplete", "own", "key"),
    [
        ("", "vehicle", ":vehicle"),
        (" ON ", "vehicle", ":vehicle"),
        ("off", "vehicle", ":vehicle"),
        ("name", "holder", ":holder"),
        ("name", "Holder", None),
        ("name", None, "name"),
        ("cc-csc", "code", None),
        ("one-time-code", "otp", None),
        ("current-password", "word", None),
        ("bday", "born", None),
        ("section-child name", "child", None),
        ("o n", "vehicle", None),
    ],
)
def test_an_agency_s_own_name_keeps_no_code_and_no_card(
    autocomplete: str, own: str | None, key: str | None
) -> None:
    """It counts where the token says nothing, or something that may be kept."""
    assert field_key(autocomplete, own) == key


@pytest.mark.parametrize(
    ("value", "is_card"),
    [
        ("4111 1111 1111 1111", True),
        ("4111-1111-1111-1112", False),
        ("378282246310005", True),
        ("204", False),
    ],
)
def test_a_card_s_number_is_known_by_its_last_digit(value: str, is_card: bool) -> None:
    """Wherever it was typed, it is not kept."""
    assert may_be_card(value) is is_card
    vault = keep(Vault(), "form", "Form", answers={"name": value}, today=TODAY)
    assert bool(vault.entries) is not is_card


def test_what_is_empty_or_endless_is_not_kept() -> None:
    """Only answers are."""
    answers = {"name": " ", "email": "", "organization": "x" * 501, "tel": "555 0190"}
    vault = keep(Vault(), "form", "Form", answers=answers, today=TODAY)
    assert [entry.key for entry in vault.entries] == ["tel"]


def test_another_form_is_offered_what_means_the_same_there() -> None:
    """Name and address go from form to form, with their source; the agency's own field does not."""
    found = offers(permit(), "visitor", ["name", "street-address", ":vehicle", "email"], today=TODAY)
    assert [(entry.key, entry.title) for entry in found] == [
        ("name", "Apply for a permit"),
        ("street-address", "Apply for a permit"),
    ]


def test_a_form_s_own_last_answer_comes_before_a_newer_one_of_another() -> None:
    """Where last year's permit was for another address than this week's library card."""
    later = TODAY + timedelta(days=9)
    vault = keep(permit(), "library", "Join", answers={"street-address": "9 Quay"}, today=later)
    assert offers(vault, "permit", ["street-address"], today=later)[0].value == "4 Mill Lane\nRiverton"
    assert offers(vault, "visitor", ["street-address"], today=later)[0].value == "9 Quay"


def test_keeping_again_replaces_all_of_the_form_s_answers() -> None:
    """An answer that was left out this time is not kept from before."""
    vault = keep(permit(), "permit", "Apply for a permit", answers={"name": "Sam C."}, today=TODAY)
    assert [(entry.key, entry.value) for entry in vault.entries] == [("name", "Sam C.")]


def test_answers_end() -> None:
    """Offered on the last day, neither offered nor kept on the day after; nor offered by a clock set back."""
    last = TODAY + timedelta(days=KEPT_DAYS)
    after = last + timedelta(days=1)
    assert len(offers(permit(), "permit", ["name"], today=last)) == 1
    assert offers(permit(), "permit", ["name"], today=after) == ()
    assert offers(permit(), "permit", ["name"], today=TODAY - timedelta(days=1)) == ()
    assert current(permit(), today=last) == permit()
    assert current(permit(), today=after) == Vault()


def test_one_form_is_forgotten_by_itself() -> None:
    """The others stay."""
    vault = keep(permit(), "library", "Join", answers={"name": "Sam"}, today=TODAY)
    assert without(vault, "library") == permit()


def test_there_is_room_for_so_many_and_the_oldest_go() -> None:
    """No form can crowd out what was kept today."""
    vault = Vault()
    for number in range(MOST_ENTRIES + 5):
        day = TODAY + timedelta(days=number % 7)
        vault = keep(vault, f"form-{number}", "Form", answers={"name": "Sam"}, today=day)
    assert len(vault.entries) == MOST_ENTRIES
    assert min(entry.on for entry in vault.entries) == TODAY
    assert sum(entry.on == TODAY for entry in vault.entries) == (MOST_ENTRIES + 5 + 6) // 7 - 5


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'"key":"name"', b'"key":"cc-number"', "a key that nothing may be kept under"),
        (b'"key":"name"', b'"key":"NAME"', "a key that nothing may be kept under"),
        (b'"key":":vehicle"', b'"key":":Vehicle"', "a key that nothing may be kept under"),
        (b'"key":"street-address"', b'"key":"name"', "not sorted without doubles"),
        (b"2026-11-22", b"2026-11-31", "not a day"),
        (b"2026-11-22", b"1926-11-22", "out of range"),
        (b'"form":"permit"', b'"form":"per mit"', "expected form"),
    ],
)
def test_bytes_that_nothing_printed_are_refused(before: bytes, after: bytes, said: str) -> None:
    """What is kept is read as strictly as what comes from elsewhere."""
    assert Vault.from_bytes(permit().to_bytes()) == permit()
    with pytest.raises(Malformed, match=said):
        Vault.from_bytes(permit().to_bytes().replace(before, after))
