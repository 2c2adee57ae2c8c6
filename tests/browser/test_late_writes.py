"""What comes after everything was deleted is not kept: an answer that was on its way, a wish told again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.agency_site import AgencySite, agency_site, visitor
from tests.support.browser import READ_STORE
from tests.support.page_scripts import ROOT, bundle

pytestmark = pytest.mark.browser

# The worker's own parts, at a page, where a test can be between any two of their steps.
SCRIPT = """
import { openSent } from "WEB/sent.js";
import { openStore } from "WEB/store.js";
import { sweep } from "WEB/ours.js";
import { listHoldings } from "WEB/panel/holdings.js";
const store = openStore();
Object.assign(window, { store, sent: openSent(store, () => 1_790_000_000_000), sweep, listHoldings });
""".replace("WEB", str(ROOT / "edge_client/web"))
# A panel that looks while the worker deletes: between the names of the caches and what is in them all goes.
LOOK_MEANWHILE = """async () => {
  const kept = await caches.open("nearside-python");
  await kept.put("/program.wasm", new Response("bytes"));
  const keys = caches.keys.bind(caches);
  caches.keys = async () => {
    const names = await keys();
    caches.keys = keys;
    await sweep([]);
    return names;
  };
  const before = (await listHoldings()).map(({ key }) => key);
  return [before, (await listHoldings()).map(({ key }) => key), await caches.keys()];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgencySite]:
    """A page with those parts."""
    work = tmp_path_factory.mktemp("parts")
    (work / "in.js").write_text(SCRIPT)
    bundle(work / "in.js", work / "out.js")
    with agency_site() as served:
        served.files["/parts.js"] = Path(work / "out.js").read_bytes()
        served.files["/"] = (
            b"<!doctype html><title>A page</title><script src='/parts.js' type='module'></script>"
        )
        yield served


@pytest.fixture
def page(site: AgencySite, chromium: Browser) -> Iterator[Page]:
    """A device whose citizen's choice is in the book, with one message that no answer came to yet."""
    with visitor(chromium) as opened:
        opened.goto(f"{site.url}/")
        opened.wait_for_function("() => window.sweep")
        opened.evaluate("store.save('book', new Uint8Array([123, 125]))")
        opened.evaluate(
            "sent.note({ method: 'GET', path: '/consent/receipts/x' }).then((id) => (window.id = id))"
        )
        assert set(opened.evaluate(READ_STORE)) == {"book", "sent"}
        yield opened


@pytest.mark.parametrize(
    "late",
    [
        "sent.settle(id, 200)",
        "sent.note({ method: 'GET', path: '/consent/receipts/x' })",
        "sent.fetched('/nearside/smallville/bundle.json')",
        "sent.withdraw(id)",
        "sent.forget(1)",
    ],
)
def test_what_comes_after_all_is_deleted_is_not_written_down(page: Page, late: str) -> None:
    """An answer to another tab's worker, a file that it fetches, a wish that is told once more: nothing lies
    in the database, and nothing fails."""
    page.evaluate("sweep([])")
    page.evaluate(f"{late}.then(() => {{}})")
    assert page.evaluate(READ_STORE) == {}


def test_while_a_record_is_owed_what_is_sent_of_it_is_written_down(page: Page) -> None:
    """The book stays until the agency has it; so does the list of what left for it."""
    page.evaluate("sweep(['book', 'consent-key'])")
    assert set(page.evaluate(READ_STORE)) == {"book"}
    page.evaluate("sent.note({ method: 'GET', path: '/consent/receipts/y' })")
    assert set(page.evaluate(READ_STORE)) == {"book", "sent"}
    assert [each["path"] for each in page.evaluate("sent.list()")["messages"]] == ["/consent/receipts/y"]


def test_a_panel_that_looks_meanwhile_brings_no_cache_back(page: Page) -> None:
    """To look into one makes it anew where it has just been deleted: it is deleted once more, and not said to
    be left."""
    assert page.evaluate(LOOK_MEANWHILE) == [["book", "sent"], [], []]
