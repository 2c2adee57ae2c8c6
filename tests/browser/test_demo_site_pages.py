"""The demo city's pages in a real browser: accessible, still, narrow enough, under a strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from demo.site import HERE, build_site
from edge_client.wire.catalogue import Catalogue
from tests.support.browser import chromium_at

AXE = HERE.parent / "node_modules" / "axe-core" / "axe.min.js"
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "worker")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
LOOKED_AT = (
    "/",
    "/ar",
    "/moving",
    "/services",
    "/parking/resident-permit",
    "/ar/parking/resident-permit",
    "/benefits/rent-help/apply",
    "/ar/schools/apply-school-place/apply",
    "/business/food-licence/done",
    "/help/privacy",
    "/ar/moving/new-to-riverton",
)
NARROW, WIDE = 320, 1280
WIDTHS = (*range(320, 520, 8), *range(520, 1300, 26))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AXE.exists(), reason="needs the npm packages"),
]

# Slots as the device fills them: the markup of edge_client/web/card.js, with each item in turn.
PERSONALISE = """
([items, words]) => {
  const slots = [...document.querySelectorAll(
    "nearside-recommend, nearside-hero, nearside-cards, nearside-carousel")];
  const heights = () => slots.map((slot) => slot.getBoundingClientRect().height);
  const before = heights();
  const card = (model) => {
    const li = document.createElement(model.localName);
    li.className = model.className;
    const add = (to, tag, name, text) => {
      const made = to.appendChild(document.createElement(tag));
      made.className = name;
      made.textContent = text;
      return made;
    };
    const label = add(li, "span", "nearside-label", words.label);
    const drawn = model.querySelector("svg")?.cloneNode(true);
    const heading = model.querySelector("h2");
    const link = add(heading ? add(li, "h2", heading.className, "") : li, "a", "", "");
    link.href = "/";
    const text = add(li, "p", "", "");
    text.removeAttribute("class");
    const actions = add(li, "div", "nearside-actions", "");
    add(actions, "button", "nearside-why", words.why);
    add(actions, "button", "nearside-no", words.no);
    add(add(actions, "details", "nearside-more", ""), "summary", "", words.more);
    add(li, "p", "nearside-reason", "…").hidden = true;
    const fill = ({ title, summary, picture }) => {
      [link.textContent, text.textContent] = [title, summary];
      drawn?.remove();
      if (drawn && picture) {
        drawn.firstElementChild.setAttribute("href", `/assets/pictures.svg#${picture.name}`);
        drawn.setAttribute("aria-label", picture.alt);
        label.after(drawn);
      }
    };
    return [li, fill];
  };
  const grown = [];
  // Made once, as for the first item, and filled anew for each of the others: nothing but its words differs.
  const fills = slots.flatMap((slot) => {
    slot.toggleAttribute("data-personalised", true);
    const holder = slot.querySelector("ul") ?? slot;
    const cards = [...holder.children].map(card);
    holder.replaceChildren(...cards.map(([li]) => li));
    return cards.map(([, fill]) => fill);
  });
  for (const item of items) {
    fills.forEach((fill) => fill(item));
    heights().forEach((height, at) => {
      if (height !== before[at]) {
        grown.push(`${slots[at].localName} ${item.id}`);
      }
    });
  }
  return grown;
}
"""
WORDS = {
    "en": {"label": "Suggested for you", "why": "Why this?", "no": "Not relevant", "more": "More"},
    "ar": {"label": "مقترح لك", "why": "لماذا هذا؟", "no": "غير مناسب", "more": "المزيد"},
}
BANNER = """
() => {
  const banner = document.createElement("div");
  banner.className = "nearside-banner";
  banner.setAttribute("role", "region");
  banner.setAttribute("aria-label", "Suggestions");
  banner.innerHTML = `<div class="nearside-banner-inner"><h2>Suggestions</h2><p>Words.</p>
    <ul><li>Words.</li></ul>
    <div class="nearside-banner-actions"><button class="nearside-button">Accept suggestions</button>
    <button class="nearside-button">Reject suggestions</button>
    <a class="nearside-banner-settings" href="/help/privacy">View settings</a></div></div>`;
  document.body.prepend(banner);
}
"""


class CityHandler(SimpleHTTPRequestHandler):
    """Serves clean paths with the strict policy that an agency would set."""

    def translate_path(self, path: str) -> str:
        file = Path(super().translate_path(path))
        return str(file / "index.html" if file.is_dir() else file)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: a test says what went wrong itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("riverton")
    build_site(out, None)
    return out


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(CityHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_at() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # The checker itself is put in from outside, which the page's policy would not let a page do.
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("path", LOOKED_AT)
def test_a_page_has_no_accessibility_violation_that_a_tool_can_find(
    page: Page, city: str, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(city + path)
    assert violations(page) == []


@pytest.mark.parametrize(("path", "lang"), [("/", "en"), ("/ar", "ar")])
def test_suggestions_and_banner_are_accessible_too(
    page: Page, city: str, folder: Path, path: str, lang: str
) -> None:
    page.goto(city + path)
    items = Catalogue.parse((folder / "catalogue.json").read_bytes()).items
    shown = [item.to_json() for item in items if item.lang == lang][:1]
    page.evaluate(PERSONALISE, [shown, WORDS[lang]])
    page.evaluate(BANNER)
    assert page.locator(".nearside-why").count() == 7
    assert violations(page) == []


@pytest.mark.parametrize(
    ("path", "lang", "widths"),
    [
        # Between the two every width: the same style sheet lays both out.
        ("/", "en", WIDTHS[::2]),
        ("/ar", "ar", WIDTHS[1::2]),
        ("/moving", "en", WIDTHS[::5]),
        ("/ar/moving/new-to-riverton", "ar", WIDTHS[::5]),
    ],
)
def test_a_swap_never_changes_the_height_of_a_slot(
    page: Page, city: str, folder: Path, path: str, lang: str, widths: tuple[int, ...]
) -> None:
    """Whatever item is suggested, and however wide the screen, what follows the slot stays where it is."""
    items = Catalogue.parse((folder / "catalogue.json").read_bytes()).items
    shown = [item.to_json() for item in items if item.lang == lang]
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(city + path)
        assert page.evaluate(PERSONALISE, [shown, WORDS[lang]]) == [], width


@pytest.mark.parametrize("path", LOOKED_AT)
def test_nothing_runs_off_a_narrow_screen(page: Page, city: str, path: str) -> None:
    """At 320 CSS pixels there is nothing to scroll sideways (WCAG 2.2, 1.4.10)."""
    page.set_viewport_size({"width": NARROW, "height": 900})
    page.goto(city + path)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW


@pytest.mark.parametrize("path", LOOKED_AT)
def test_a_page_keeps_to_the_policy_and_does_not_move(browser: Browser, city: str, path: str) -> None:
    """Under the policy nothing is blocked, and while the page loads nothing that was painted moves."""
    said: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto(city + path)
        moved = page.evaluate(
            """() => new Promise((resolve) => {
              let sum = 0;
              new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
                .observe({ type: "layout-shift", buffered: true });
              setTimeout(() => resolve(sum), 300);
            })"""
        )
    assert said == []
    assert moved == 0


def test_a_form_ends_without_sending_an_answer(page: Page, city: str) -> None:
    page.goto(f"{city}/parking/visitor-permit/apply")
    for box in page.locator("form input[type=text], form textarea").all():
        box.fill("Secret 1")
    page.locator("form input[type=email]").fill("secret@city.example")
    for choice in page.locator("form select").all():
        choice.select_option(index=1)
    page.locator("form button").click()
    page.wait_for_url("**/done*")
    assert page.url.rstrip("?") == f"{city}/parking/visitor-permit/done"
    assert page.locator("h1").inner_text() == "Demonstration complete"


@pytest.mark.parametrize(("path", "direction"), [("/", "ltr"), ("/ar", "rtl")])
def test_the_page_reads_from_the_side_of_its_language(
    page: Page, city: str, path: str, direction: str
) -> None:
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(city + path)
    heading = page.locator("#suggested").evaluate("it => getComputedStyle(it).direction")
    name, tools = (page.locator(f".masthead__{part}").bounding_box() for part in ("home", "tools"))
    assert name is not None
    assert tools is not None
    assert heading == direction
    assert (name["x"] < tools["x"]) == (direction == "ltr")
