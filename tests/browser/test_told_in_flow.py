"""What somebody says in a flow, asked in so many words, reaches the rules: never what they look at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser import NewCitizen
from tests.support.flow_walk import stepping

pytestmark = pytest.mark.browser

PAGE = "/registration/what-to-do-after-death"
GRANT = "/benefits/funeral-costs"
LOOKED_AT = (PAGE, "/registration/register-death", GRANT)
SAID = "A parent, a child or a close friend"
# What a script of the page can do to buttons and forms, short of being the citizen.
FORGE = """() => {
  for (const button of document.querySelectorAll(".nearside-flow-telling button")) {
    button.click();
    button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  }
}"""


def test_a_loss_is_known_once_it_was_said_and_taken_back(new_citizen: NewCitizen) -> None:
    """Pages about a death that are looked at, the flow walked through, and a script's presses leave nothing
    and suggest nothing; a yes of the citizen's own offers help on another page, says why, and is a row of the
    panel that takes it back. Beside the flow stands what the server wrote throughout."""
    citizen = new_citizen(bypass_csp=True)
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    for path in LOOKED_AT:
        page = citizen.open(path)
        expect(page.locator("h1")).to_be_visible()
    page = citizen.open(PAGE)
    flow = page.locator("nearside-flow")
    flow.get_by_role("button", name="Start now").click()
    for answer in (SAID, "Yes", "They lived alone"):
        with stepping(page):
            flow.get_by_label(answer).check()
            flow.get_by_role("button", name="Continue").click()
    flow.get_by_role("button", name="Show what this means for me").click()
    asking = flow.locator(".nearside-flow-telling")
    expect(asking).to_contain_text("that somebody close to you has died")
    expect(asking.get_by_role("button")).to_have_text(["Yes, remember it", "No, do not remember it"])
    assert citizen.violations() == []

    def found() -> str:
        store = citizen.store()
        return str([citizen.local(), *(store.get(kind) for kind in ("profile", "told", "signals", "shown"))])

    page.evaluate(FORGE)
    expect(asking.get_by_role("button")).to_have_count(2)
    assert not any(word in found() for word in ("loss", *LOOKED_AT))

    asking.get_by_role("button", name="Yes, remember it").click()
    expect(asking.get_by_role("status")).to_be_focused()
    expect(asking).to_contain_text(SAID)
    assert page.locator("[data-personalised]").count() == 0
    citizen.open("/")
    citizen.until(lambda: GRANT in citizen.local().get("nearside.plan", ""), "the offer")
    citizen.look_at("/")
    card = page.locator(f'nearside-recommend[slot="home"] [data-item="{GRANT}"]')
    card.locator(".nearside-why").click()
    expect(card.locator(".nearside-reason")).to_have_text("You told us that this is for you.")
    card.locator("summary").click()
    expect(card).to_contain_text(f"You told us: Who has died? {SAID}")
    citizen.open(PAGE)
    expect(flow.get_by_role("button", name="Start now")).to_be_visible()
    assert page.locator("[data-personalised]").count() == 0

    citizen.open("/help/privacy")
    row = page.locator("nearside-preferences li").filter(has_text=f"Who has died? {SAID}")
    row.get_by_role("button", name="Take back").click()
    citizen.until(lambda: GRANT not in citizen.local().get("nearside.plan", ""), "a plan without it")
    citizen.until(
        lambda: not any(word in found() for word in ("loss", SAID, *LOOKED_AT)), "nothing of it is kept"
    )
    assert citizen.said == []
