"""Answers kept for the next time, in a real browser: by a button, offered with their source, never sent."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import STORAGE_BLOCKED, Citizen, NewCitizen
from tests.support.playing import PlayedCity

pytestmark = pytest.mark.browser

APPLY = "/parking/resident-permit/apply"
RENEW = "/parking/resident-permit/renew"
ARABIC = "/ar/parking/resident-permit/renew"
KEY = "nearside.vault"
ANSWERS = {
    "full-name": "Sam Carter",
    "home-address": "4 Mill Lane\nRiverton",
    "postcode": "90817",
    "vehicle-registration": "RVT 204",
    "email": "sam@example.org",
}
# Typed below; stands in no public file and no page by itself.
SECRET = ANSWERS["vehicle-registration"]


def written(citizen: Citizen) -> Page:
    """The first form, filled in by hand."""
    page = citizen.open(APPLY)
    expect(page.locator("nearside-keep button").first).to_be_visible()
    for field, value in ANSWERS.items():
        page.locator(f"#{field}").fill(value)
    page.locator("#permit-zone").select_option("2")
    return page


def kept(citizen: Citizen) -> Page:
    """The same, kept for the next time."""
    page = written(citizen)
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept on this device until")
    return page


def offer(page: Page) -> str:
    """What is offered before the form."""
    expect(page.locator("nearside-prefill dl")).to_be_visible()
    return page.locator("nearside-prefill").inner_text()


def values(page: Page) -> dict[str, str]:
    """What stands in the form's fields."""
    found: dict[str, str] = page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('form :is(input, textarea, select)')]"
        ".filter(({ type }) => type !== 'checkbox').map(({ id, value }) => [id, value]))"
    )
    return found


def test_one_form_s_answers_fill_the_next_in_when_asked(new_citizen: NewCitizen) -> None:
    """Kept by its own button; the next form offers each with its source and fills in nothing before the
    press; what is filled in is marked, and is one's own again once it is changed."""
    citizen = new_citizen()
    kept(citizen)
    page = citizen.open(RENEW)
    text = offer(page)
    assert "Sam Carter" in text
    assert "From “Apply for a resident parking permit”, kept on" in text
    assert "B, Mill Quarter" in text
    assert set(values(page).values()) == {""}
    page = citizen.open(APPLY)
    offer(page)
    page.get_by_role("button", name="Use these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_be_focused()
    assert {**values(page), **ANSWERS} == values(page)
    address = page.locator("#home-address")
    note = page.locator("#home-address-filled")
    expect(note).to_contain_text("From “Apply for a resident parking permit”")
    assert "home-address-filled" in (address.get_attribute("aria-describedby") or "")
    address.fill("9 Quay Street")
    expect(note).to_have_count(0)
    assert address.get_attribute("aria-describedby") is None


def test_nothing_is_kept_without_the_button_and_then_not_in_plain_words(new_citizen: NewCitizen) -> None:
    """Writing and sending the form keep nothing. Of what the button keeps, neither the browser's storage
    nor its database has a word in plain text, and no script is given the bytes of the key."""
    citizen = new_citizen()
    page = written(citizen)
    before = citizen.local()
    for part, number in (("day", "1"), ("month", "2"), ("year", "2027")):
        page.locator(f"#permit-start-{part}").fill(number)
    page.locator("#confirm-true").check()
    page.get_by_role("button", name="Finish the demonstration").click()
    page.wait_for_url("**/parking/resident-permit/done*")
    assert citizen.local() == before
    page = kept(citizen)
    local = citizen.local()
    assert set(json.loads(local[KEY])) == {"v", "until", "iv", "data"}
    everything = json.dumps([local, citizen.store()], default=str)
    assert not any(answer in everything for answer in ANSWERS.values())
    said = page.evaluate(
        """async () => {
          const open = indexedDB.open("nearside");
          await new Promise((done) => (open.onsuccess = done));
          const get = open.result.transaction("values").objectStore("values").get("vault-key");
          await new Promise((done) => (get.onsuccess = done));
          const { extractable, algorithm } = get.result;
          const taken = await crypto.subtle.exportKey("raw", get.result).then(
            () => "taken", ({ name }) => name);
          return [extractable, algorithm.name, algorithm.length, taken];
        }"""
    )
    assert said == [False, "AES-GCM", 256, "InvalidAccessError"]


def test_no_request_carries_an_answer(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Kept, offered, used and reviewed: not one request more, and none with a word of it."""
    citizen = new_citizen()
    start = len(city.front.seen)
    page = written(citizen)
    page.wait_for_load_state("networkidle")
    before = len(city.front.seen)
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept")
    assert len(city.front.seen) == before
    page = citizen.open(RENEW)
    offer(page)
    page.get_by_role("button", name="Use the answers of last time").click()
    page.locator("#confirm-true").check()
    page.get_by_role("button", name="Finish the demonstration").click()
    page.wait_for_url("**/done*")
    for request in city.front.since(start):
        said = f"{request.path}?{request.query}".encode() + (request.body or b"")
        assert SECRET.encode() not in said
        assert b"Carter" not in said


def test_what_must_not_be_kept_is_not(new_citizen: NewCitizen) -> None:
    """Passwords, cards, codes, what the agency calls sensitive and what no token names: none of it is kept,
    not even a card's number in a field for a name."""
    citizen = new_citizen()
    page = citizen.open(APPLY)
    expect(page.locator("nearside-keep button").first).to_be_visible()
    page.evaluate(
        """() => {
          const form = document.getElementById("apply");
          for (const [kind, token, more] of [
            ["password", "current-password"], ["text", "cc-number"], ["text", "one-time-code"],
            ["text", "bday"],
            ["text", "organization", "data-nearside-sensitive"], ["hidden", "nickname"], ["text", ""],
          ]) {
            const field = document.createElement("input");
            field.type = kind;
            field.setAttribute("autocomplete", token);
            if (more) field.setAttribute(more, "");
            field.value = "very secret";
            form.append(field);
          }
        }"""
    )
    page.locator("#full-name").fill("4111 1111 1111 1111")
    page.locator("#postcode").fill("90817")
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept")
    page = citizen.open(RENEW)
    text = offer(page)
    assert page.locator("nearside-prefill dt").all_inner_texts() == ["Postcode"]
    assert "secret" not in text
    assert "4111" not in text


def test_same_as_last_time_is_two_presses_and_one_check(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """Use the answers, check the list, confirm, send: nothing is sent before the last press."""
    citizen = new_citizen()
    kept(citizen)
    page = citizen.open(RENEW)
    offer(page)
    page.wait_for_load_state("networkidle")
    start = len(city.front.seen)
    page.get_by_role("button", name="Use the answers of last time").click()  # one
    heading = page.get_by_role("heading", name="Check the answers of last time")
    expect(heading).to_be_focused()
    listed = page.locator(".nearside-review dd bdi").all_inner_texts()
    assert listed == [
        "Sam Carter",
        "4 Mill Lane\nRiverton",
        "90817",
        "B, Mill Quarter",
        "RVT 204",
        "sam@example.org",
    ]
    assert page.locator("#full-name").is_hidden()
    assert len(city.front.seen) == start
    page.locator("#confirm-true").check()
    page.get_by_role("button", name="Finish the demonstration").click()  # two
    page.wait_for_url("**/parking/resident-permit/done*")
    assert page.url.partition("?")[2] == ""


def test_an_answer_of_last_time_can_be_changed_or_left(new_citizen: NewCitizen) -> None:
    """Change brings the field back, with the focus; not this time leaves the form empty and the answers kept;
    delete forgets them."""
    citizen = new_citizen()
    kept(citizen)
    page = citizen.open(RENEW)
    offer(page)
    page.get_by_role("button", name="Use the answers of last time").click()
    page.get_by_role("button", name="Change: Number plate").click()
    expect(page.locator("#vehicle-registration")).to_be_focused()
    assert page.locator(".nearside-review dt").count() == 5
    page = citizen.open(RENEW)
    offer(page)
    page.get_by_role("button", name="Not this time").click()
    expect(page.locator("nearside-prefill [role=status]")).to_be_focused()
    assert set(values(page).values()) == {""}
    page = citizen.open(RENEW)
    offer(page)
    page.get_by_role("button", name="Delete these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_have_text(
        "The answers are deleted from this device."
    )
    assert KEY not in citizen.local()
    page = citizen.open(RENEW)
    expect(page.locator("nearside-keep button").first).to_be_visible()
    assert page.locator("nearside-prefill").inner_text() == ""


def test_damaged_or_foreign_bytes_are_forgotten_and_the_form_works(new_citizen: NewCitizen) -> None:
    """A changed byte, another vector, no key: the form is as empty as ever."""
    citizen = new_citizen()
    page = kept(citizen)
    whole = json.loads(citizen.local()[KEY])
    first = whole["data"][0]
    for broken in (
        {"data": ("B" if first == "A" else "A") + whole["data"][1:]},
        {"iv": "A" * 16},
        {"data": ""},
    ):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(whole | broken)])
        citizen.open(RENEW)
        expect(page.locator("nearside-keep button").first).to_be_visible()
        citizen.until(lambda: KEY not in citizen.local(), "they are forgotten")
        expect(page.locator("nearside-prefill")).to_have_text("")


def test_without_script_or_storage_both_forms_are_the_server_s_own(new_citizen: NewCitizen) -> None:
    """Every question is there, none is filled in, and the button leads on."""
    for citizen in (new_citizen(java_script_enabled=False), new_citizen(STORAGE_BLOCKED)):
        page = citizen.open(RENEW)
        assert page.locator("form#renew label").count() >= 6
        assert page.locator("nearside-prefill, nearside-keep").all_inner_texts() == ["", ""]
        for field in ("full-name", "home-address", "postcode", "vehicle-registration"):
            page.locator(f"#{field}").fill("x")
        page.locator("#permit-zone").select_option("1")
        page.locator("#email").fill("sam@example.org")
        page.locator("#confirm-true").check()
        page.get_by_role("button", name="Finish the demonstration").click()
        page.wait_for_url("**/done*")


@pytest.mark.parametrize("path", [RENEW, ARABIC])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_offer_and_the_list_are_accessible_and_fit(
    path: str, width: int, new_citizen: NewCitizen
) -> None:
    """axe finds nothing in the offer, the list, and the form with its marks; nothing is too wide."""
    citizen = new_citizen(viewport={"width": width, "height": 900}, bypass_csp=True)
    kept(citizen)
    assert citizen.violations() == []
    page = citizen.open(path)
    offer(page)
    assert citizen.violations() == []
    page.locator("nearside-prefill button").first.click()
    expect(page.locator(".nearside-review-heading")).to_be_focused()
    page.locator(".nearside-review button").first.click()
    assert citizen.violations() == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_form_of_another_kind_is_offered_what_any_form_may_have(new_citizen: NewCitizen) -> None:
    """Answers that an autofill token names, with the form that they come from, and none of that form's own;
    what is kept of this form is a task of its own."""
    citizen = new_citizen()
    kept(citizen)
    page = citizen.open("/parking/visitor-permit/apply")
    offered = offer(page)
    assert all(ANSWERS[name] in offered for name in ("full-name", "postcode", "email"))
    assert SECRET not in offered
    assert "resident" in offered
    page.get_by_role("button", name="Use these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_be_focused()
    assert {name: values(page)[name] for name in ("full-name", "postcode")} == {
        name: ANSWERS[name] for name in ("full-name", "postcode")
    }
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept on this device until")
    citizen.open("/help/privacy/tasks")
    expect(page.locator(".nearside-task")).to_have_count(2)
