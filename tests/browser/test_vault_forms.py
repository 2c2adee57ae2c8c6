"""Which forms are offered kept answers, and which of their fields, where an agency is not careful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.agency_site import AgencySite, agency_site, visitor

pytestmark = pytest.mark.browser

BEFORE = '<nearside-prefill for="f"{review}></nearside-prefill>'
AFTER = '<nearside-keep for="f"></nearside-keep>'
FORM = '<form id="f" data-nearside-form="{kind}" {more}>{fields}<button id="send">Send</button></form>'
POST = 'method="post" action="/done"'
NAME = '<p><label for="n">Name</label><input id="n" autocomplete="name"></p>'
# What nobody sees or may write in, each with a token that may be kept.
UNSEEN = """
<div hidden><input autocomplete="email"></div>
<input autocomplete="tel" style="position: absolute; left: -9999px">
<input autocomplete="organization" style="position: absolute; top: -9999px">
<input autocomplete="nickname" style="position: absolute; left: 9999px">
<div style="opacity: 0"><input autocomplete="given-name"></div>
<input autocomplete="family-name" style="visibility: hidden">
<input autocomplete="postal-code" style="width: 1px; height: 1px; padding: 0; border: 0">
<div style="content-visibility: hidden"><input autocomplete="country"></div>
<div style="height: 0; overflow: hidden"><input autocomplete="language"></div>
<input autocomplete="street-address" readonly>
<fieldset disabled><input autocomplete="address-line1"></fieldset>
"""
TOKENS = (
    "name", "email", "tel", "organization", "nickname", "given-name", "family-name", "postal-code", "country",
    "language", "street-address", "address-line1",
)  # fmt: skip
SEALED = "() => localStorage['nearside.vault'] ?? null"
FILLED = "() => [...document.querySelectorAll('form input')].map(({ value }) => value)"


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """An agency's server."""
    with agency_site() as served:
        yield served


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A new device, whose citizen is asked for no choice here; styles may stand in attributes."""
    with visitor(chromium, bypass_csp=True) as opened:
        yield opened


def put(site: AgencySite, path: str, fields: str, more: str = POST, **how: Any) -> str:
    """Serve a page with a form of a type."""
    form = FORM.format(kind=how.get("kind", "first"), more=more, fields=fields)
    body = BEFORE.format(review=" review" if how.get("review") else "") + form + AFTER
    return site.put(path, f"<main><h1>A form</h1>{body}</main>")


def keep(page: Page, address: str, said: str = "Kept on this device until") -> None:
    """Write in every field of a page, seen or not, and press the button that keeps."""
    page.goto(address)
    button = page.get_by_role("button", name="Keep these answers for next time")
    expect(button).to_be_visible()
    page.evaluate(
        "() => document.querySelectorAll('form input').forEach((each, at) => (each.value ||= `said ${at}`))"
    )
    button.click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text(said)


def offered(page: Page, address: str) -> list[str]:
    """The values that are offered on a page; it is waited for whatever there is to offer."""
    page.goto(address)
    expect(page.locator("nearside-prefill dd").first).to_be_visible()
    return page.locator("nearside-prefill dd bdi").all_inner_texts()


def use(page: Page) -> None:
    """Have what is offered filled in."""
    page.get_by_role("button", name="Use these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_be_focused()


def is_left_alone(page: Page, address: str) -> bool:
    """Open a page; say whether both elements are still as the server wrote them when the part has run."""
    page.goto(address)
    page.wait_for_function("() => customElements.get('nearside-keep')")
    # Whoever comes after in the same line is served after: what the elements read has been read.
    page.evaluate("() => navigator.locks.request('nearside.vault', () => {})")
    page.wait_for_timeout(100)
    return page.locator("nearside-prefill *, nearside-keep *").count() == 0


def test_no_name_of_the_agency_s_own_keeps_a_code(site: AgencySite, page: Page) -> None:
    """A security code and a one-time code, marked to be kept: neither is; a field without a token is."""
    fields = NAME + (
        '<p><label for="c">Code</label><input id="c" autocomplete="cc-csc" data-nearside-keep="c"></p>'
        '<p><label for="o">Code</label><input id="o" autocomplete="one-time-code" data-nearside-keep="o"></p>'
        '<p><label for="v">Plate</label><input id="v" autocomplete="off" data-nearside-keep="plate"></p>'
    )
    address = put(site, "/codes", fields)
    keep(page, address)
    what = page.locator("nearside-keep .nearside-hint").inner_text()
    assert "under Name and Plate." in what
    assert offered(page, address) == ["said 0", "said 3"]


def test_what_nobody_sees_is_neither_kept_nor_filled_in(site: AgencySite, page: Page) -> None:
    """Kept from a form where all is seen; the next form takes one answer only, and gives back one only."""
    seen = "".join(f'<p><label>{each}<input autocomplete="{each}"></label></p>' for each in TOKENS)
    keep(page, put(site, "/seen", seen, kind="seen"))
    assert len(offered(page, site.url + "/seen")) == len(TOKENS)
    address = put(site, "/unseen", NAME + UNSEEN)
    assert offered(page, address) == ["said 0"]
    use(page)
    assert [value for value in page.evaluate(FILLED) if value] == ["said 0"]
    keep(page, address)
    page.goto(site.url + "/seen")
    # The form's own answers come first: of this one, whatever it kept would be newer than none.
    page.locator("nearside-prefill").get_by_role("button", name="Delete these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_contain_text("deleted")
    assert offered(page, site.url + "/seen") == ["said 0"]


def test_a_field_that_is_hidden_after_the_offer_stays_empty(site: AgencySite, page: Page) -> None:
    """It is judged again at the press; so is where the form goes."""
    keep(page, put(site, "/late", NAME + '<p><label>Mail<input id="e" autocomplete="email"></label></p>'))
    assert len(offered(page, site.url + "/late")) == 2
    page.evaluate("() => (document.getElementById('e').parentElement.hidden = true)")
    use(page)
    assert page.evaluate(FILLED) == ["said 0", ""]
    assert len(offered(page, site.url + "/late")) == 2
    page.evaluate("() => (document.getElementById('f').action = 'https://elsewhere.example/')")
    page.get_by_role("button", name="Use these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_contain_text("Nothing was filled in.")
    assert page.evaluate(FILLED) == ["", ""]


ELSEWHERE = [
    ('method="get" action="/done"', ""),
    ("", ""),
    ('method="post" action="https://elsewhere.example/collect"', ""),
    ('method="post" action="javascript:void 0"', ""),
    ('method="post" action="http://["', ""),
    (POST, '<button formaction="https://elsewhere.example/">Other</button>'),
    (POST, '<button formmethod="get">Other</button>'),
    (POST, '<input type="image" alt="Other" formaction="https://elsewhere.example/">'),
    ('method="get" action="/done"', '<input type="hidden" name="method" value="post">'),
]


@pytest.mark.parametrize(("more", "sender"), ELSEWHERE)
def test_a_form_that_goes_elsewhere_is_offered_nothing(
    more: str, sender: str, site: AgencySite, page: Page
) -> None:
    """By its own attributes or by a button's; nor is anything kept of it. Marked by the agency, it is."""
    keep(page, put(site, "/here", NAME, kind="other"))
    assert is_left_alone(page, put(site, "/elsewhere", NAME + sender, more))
    marked = put(site, "/elsewhere", NAME + sender, more + " data-nearside-any-destination")
    assert offered(page, marked) == ["said 0"]
    expect(page.locator("nearside-keep button").first).to_be_visible()


def test_a_form_without_an_address_goes_to_its_own_page(site: AgencySite, page: Page) -> None:
    """As in HTML: posted, it stays on this site."""
    address = put(site, "/own", NAME, 'method="POST"')
    keep(page, address)
    assert offered(page, address) == ["said 0"]


def test_no_list_hides_what_is_not_in_it(site: AgencySite, page: Page) -> None:
    """Fields that lie in the form itself, or two in one place, stay: so do the form, its button and what
    cannot be kept."""
    fields = (
        '<label for="n">Name</label><input id="n" autocomplete="name">'
        '<div><label for="e">Mail</label><input id="e" autocomplete="email">'
        '<label for="x">Reason</label><input id="x"></div>'
        '<div data-nearside-group><p><label for="t">Telephone</label><input id="t" autocomplete="tel"></p>'
        "<button type=button>Help</button></div>"
    )
    address = put(site, "/flat", fields, review=True)
    keep(page, address)
    assert len(offered(page, address)) == 3
    page.get_by_role("button", name="Use the answers of last time").click()
    expect(page.locator(".nearside-review-heading")).to_be_focused()
    assert page.locator(".nearside-review dt").all_inner_texts() == ["Telephone"]
    for field in ("#n", "#e", "#x", "#send"):
        expect(page.locator(field)).to_be_visible()
    expect(page.get_by_role("button", name="Help")).to_be_visible()
    expect(page.locator("#t")).to_be_hidden()
    # What stands in the list is still an answer of this form.
    before = page.evaluate(SEALED)
    page.get_by_role("button", name="Keep these answers for next time").click()
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text("Kept")
    assert page.evaluate(SEALED) != before
    assert len(offered(page, address)) == 3
    bare = put(site, "/flat", '<label for="n">Name</label><input id="n" autocomplete="name">', review=True)
    offered(page, bare)
    page.get_by_role("button", name="Use the answers of last time").click()
    expect(page.locator("nearside-prefill [role=status]")).to_be_focused()
    assert page.locator(".nearside-review-part").count() == 0
    expect(page.locator("#n")).to_have_value("said 0")


def test_what_was_typed_meanwhile_stays(site: AgencySite, page: Page) -> None:
    """The offer was made before; only what is still empty is filled in, and counted."""
    address = put(site, "/typed", NAME + '<p><label>Mail<input id="e" autocomplete="email"></label></p>')
    keep(page, address)
    assert len(offered(page, address)) == 2
    page.locator("#n").fill("Somebody else")
    page.get_by_role("button", name="Use these answers").click()
    expect(page.locator("nearside-prefill [role=status]")).to_contain_text("filled in: 1.")
    assert page.evaluate(FILLED) == ["Somebody else", "said 1"]


def test_fields_without_an_id_have_a_note_each(site: AgencySite, page: Page) -> None:
    """Each is described by its own, outside its label; changing one leaves the other's."""
    fields = (
        '<p><label>Name<input autocomplete="name"></label></p>'
        '<p><label>Mail<input autocomplete="email"></label></p><p id="nearside-field-filled">Of the page</p>'
    )
    address = put(site, "/nameless", fields)
    keep(page, address)
    offered(page, address)
    use(page)
    described = FILLED.replace("({ value }) => value", "(each) => each.getAttribute('aria-describedby')")
    ids = page.evaluate(described)
    assert len({*ids, "nearside-field-filled"}) == 3
    assert page.locator(".nearside-filled-note").count() == 2
    assert page.locator("label .nearside-filled-note").count() == 0
    page.locator("form input").first.fill("Changed")
    assert page.evaluate(described) == [None, ids[1]]
    assert page.locator(".nearside-filled-note").count() == 1
    assert page.locator("#nearside-field-filled").inner_text() == "Of the page"
