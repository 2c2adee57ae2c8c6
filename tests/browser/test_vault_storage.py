"""Where kept answers lie: a storage that fails, two pages at a time, a key that goes with the last one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.agency_site import AgencySite, agency_site
from tests.support.browser import READ_STORE

pytestmark = pytest.mark.browser

KEY = "nearside.vault"
FORM = """<main><h1>{kind}</h1><nearside-prefill for="f"></nearside-prefill>
<form id="f" method="post" data-nearside-form="{kind}">
<p><label for="n">Name</label><input id="n" autocomplete="name"></p>
<p><label for="p">Plate</label><input id="p" data-nearside-keep="plate"></p></form>
<nearside-keep for="f"></nearside-keep></main>"""
PAGES = {
    "/tasks": "<main><nearside-tasks></nearside-tasks></main>",
    "/panel": "<main><nearside-preferences></nearside-preferences></main>",
    "/plain": "<main>Nothing</main>",
}
# Once: a page that waits for `go()` in the middle of encrypting, when it has read what was kept.
HELD = """
window.held = new Promise((done) => (window.isHeld = done));
const released = new Promise((done) => (window.go = done));
const encrypt = SubtleCrypto.prototype.encrypt;
SubtleCrypto.prototype.encrypt = async function (...given) {
  window.isHeld();
  await released;
  return encrypt.apply(this, given);
};
"""
# A page whose database fails, as on a full disk or while the browser clears up.
FAILS = """
for (const name of ["get", "delete"]) {
  const whole = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function (...given) {
    if (window.works) return whole.apply(this, given);
    throw new DOMException("busy", "UnknownError");
  };
}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[AgencySite]:
    """An agency's server with two forms, the list of tasks, the panel, and a page without any of it."""
    with agency_site() as served:
        for kind in ("one", "two"):
            served.put(f"/{kind}", FORM.format(kind=kind))
        for path, body in PAGES.items():
            served.put(path, body)
        yield served


@pytest.fixture
def device(chromium: Browser) -> Iterator[BrowserContext]:
    """A new device."""
    with chromium.new_context() as context:
        yield context


def written(device: BrowserContext, site: AgencySite, path: str, script: str = "") -> Page:
    """A new tab with a form, filled in."""
    page = device.new_page()
    if script:
        page.add_init_script(script)
    page.goto(site.url + path)
    expect(page.locator("nearside-keep button").first).to_be_visible()
    page.locator("#n").fill(f"Name of {path}")
    page.locator("#p").fill(f"Plate of {path}")
    return page


def press(page: Page) -> None:
    """Press the button that keeps, and wait for nothing."""
    page.get_by_role("button", name="Keep these answers for next time").click()


def says(page: Page, text: str) -> None:
    """Wait until the page says what became of it."""
    expect(page.locator("nearside-keep .nearside-saved")).to_contain_text(text)


def kept(device: BrowserContext, site: AgencySite, path: str = "/one") -> Page:
    """A form's answers, kept; return its tab."""
    page = written(device, site, path)
    press(page)
    says(page, "Kept on this device until")
    return page


def offered(device: BrowserContext, site: AgencySite, path: str) -> list[str]:
    """What a new tab is offered."""
    page = device.new_page()
    page.goto(site.url + path)
    expect(page.locator("nearside-prefill dd").first).to_be_visible()
    found: list[str] = page.locator("nearside-prefill dd bdi").all_inner_texts()
    page.close()
    return found


def sealed(page: Page) -> str | None:
    """What lies in the browser's storage."""
    text: str | None = page.evaluate("(key) => localStorage.getItem(key)", KEY)
    return text


def is_without_key(page: Page) -> bool:
    """Wait for whoever has a turn before; say whether neither answers nor their key are there."""
    page.evaluate("(key) => navigator.locks.request(key, () => {})", KEY)
    return sealed(page) is None and "vault-key" not in page.evaluate(READ_STORE)


def test_a_database_that_fails_for_a_moment_loses_no_answer(device: BrowserContext, site: AgencySite) -> None:
    """Nothing is offered, kept or deleted then, and the page says so; later all of it is there."""
    before = sealed(kept(device, site))
    assert before is not None
    page = written(device, site, "/two", FAILS)
    press(page)
    says(page, "This browser has no room for it, or does not allow it.")
    assert sealed(page) == before
    assert page.locator("nearside-prefill *").count() == 0
    page.evaluate("() => (window.works = true)")
    press(page)
    says(page, "Kept on this device until")
    page.evaluate("() => (window.works = false)")
    page.get_by_role("button", name="Delete what is kept of this form").click()
    says(page, "The answers could not be deleted.")
    assert offered(device, site, "/one") == ["Name of /one", "Plate of /one"]
    assert offered(device, site, "/two") == ["Name of /two", "Plate of /two"]


@pytest.mark.parametrize("first", [True, False])
def test_two_pages_that_keep_at_once_both_keep(first: bool, device: BrowserContext, site: AgencySite) -> None:
    """One is in the middle of it when the other begins: neither's answers are lost, nor the first key."""
    if not first:
        kept(device, site, "/one")
    one = written(device, site, "/one", HELD)
    two = written(device, site, "/two")
    press(one)
    one.evaluate("() => window.held")
    press(two)
    two.wait_for_timeout(500)
    assert two.locator("nearside-keep .nearside-saved").inner_text() == ""
    one.evaluate("() => window.go()")
    says(one, "Kept on this device until")
    says(two, "Kept on this device until")
    assert offered(device, site, "/one") == ["Name of /one", "Plate of /one"]
    assert offered(device, site, "/two") == ["Name of /two", "Plate of /two"]


def test_what_is_deleted_while_another_page_keeps_stays_deleted(
    device: BrowserContext, site: AgencySite
) -> None:
    """The list is deleted at once; the other page keeps its own answers, and brings no others back."""
    kept(device, site, "/one")
    two = written(device, site, "/two", HELD)
    panel = device.new_page()
    panel.goto(site.url + "/panel")
    press(two)
    two.evaluate("() => window.held")
    panel.get_by_role("button", name="Delete this list").click()
    while sealed(two) is not None:  # a browser tells its other processes a moment later
        two.wait_for_timeout(20)
    two.evaluate("() => window.go()")
    says(two, "Kept on this device until")
    assert offered(device, site, "/two") == ["Name of /two", "Plate of /two"]
    assert offered(device, site, "/one") == ["Name of /two"]


def test_the_key_goes_with_the_last_answer(device: BrowserContext, site: AgencySite) -> None:
    """By the form's own button, the offer's, the list of tasks, the panel's two, and its last day."""
    page = kept(device, site)
    assert "vault-key" in page.evaluate(READ_STORE)
    page.get_by_role("button", name="Delete what is kept of this form").click()
    says(page, "deleted")
    assert is_without_key(page)
    for path, name in (
        ("/one", "Delete these answers"),
        ("/tasks", "Delete: one"),
        ("/panel", "Delete: Answers for forms, encrypted"),
        ("/panel", "Delete this list"),
    ):
        kept(device, site).goto(site.url + path)
        page = device.pages[-1]
        page.get_by_role("button", name=name).click()
        expect(page.locator(":focus")).to_contain_text("deleted", ignore_case=True)
        assert is_without_key(page), name
    page = kept(device, site)
    over = json.loads(sealed(page) or "") | {"until": "2026-01-01"}
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(over)])
    page.goto(site.url + "/plain")
    assert is_without_key(page)


def test_one_form_s_answers_leave_the_key_to_the_others(device: BrowserContext, site: AgencySite) -> None:
    """Only the last takes it along; and what was kept under a key that is gone goes too."""
    kept(device, site, "/two")
    page = kept(device, site, "/one")
    page.get_by_role("button", name="Delete what is kept of this form").click()
    says(page, "deleted")
    assert offered(device, site, "/two") == ["Name of /two", "Plate of /two"]
    page.evaluate(
        """async () => {
          const open = indexedDB.open("nearside");
          await new Promise((done) => (open.onsuccess = done));
          const values = open.result.transaction("values", "readwrite").objectStore("values");
          const gone = values.delete("vault-key");
          await new Promise((done) => (gone.onsuccess = done));
          open.result.close();
        }"""
    )
    page.goto(site.url + "/two")
    expect(page.locator("nearside-keep button").first).to_be_visible()
    page.evaluate("(key) => navigator.locks.request(key, () => {})", KEY)
    assert sealed(page) is None
