"""One citizen's story on the demo's pages, from the first yes to the last deletion.

In it: the banner, signals, cards, a flow, a form's answers, a reminder, alerts for an area, the tasks, the
settings with a decision made again, receipts, the agency's copies erased, everything deleted. Not in it: a
tab apart, a preview, an agency's question, a topic followed or stopped, a device in an origin of its own or
without Python.
"""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import PATIENCE_MS, Citizen
from tests.support.tasks import with_form, with_questions, with_reminder

PANEL = "/help/privacy"


def tell(citizen: Citizen) -> None:
    """Say yes, look, search, answer, ask to be reminded, name an area, ask why, check, say no, delete."""
    start(citizen)
    with_questions(citizen)
    with_form(citizen)
    with_reminder(citizen)
    name_an_area(citizen)
    use_suggestions(citizen)
    check_a_decision(citizen)
    check_a_receipt(citizen)
    end(citizen)


def start(citizen: Citizen) -> None:
    """Say yes, then search and read: noticed on the device."""
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.until(lambda: "nearside.collect" in citizen.local(), "what pages may notice")
    citizen.look_at("/services?q=parking", "/parking/zones")
    citizen.until(lambda: len(citizen.book()["receipts"]) == 2, "a receipt for each purpose")


def name_an_area(citizen: Citizen) -> None:
    """Choose an area, hear what is going on there, and have it kept."""
    page = citizen.open("/emergencies/alerts")
    page.get_by_label("Choose your area from a list").select_option("riverton:harbour")
    page.get_by_role("button", name="Show alerts for this area").click()
    page.get_by_role("button", name="Keep my area on this device").click()
    citizen.until(lambda: "nearside.place" in citizen.local(), "the area is kept")


def use_suggestions(citizen: Citizen) -> None:
    """Ask why something is shown, and have it gone."""
    citizen.open("/")
    card = citizen.cards.first
    card.locator(".nearside-why").click()
    card.locator(".nearside-no").click()
    citizen.planned()
    citizen.open("/help/privacy/tasks")
    expect(citizen.page.locator(".nearside-task").first).to_be_visible()


def check_a_decision(citizen: Citizen) -> None:
    """Have the newest one made again."""
    page = citizen.open(PANEL)
    newest = page.locator(".nearside-decisions-list > li", has=page.get_by_role("button")).first
    newest.get_by_role("button").click(timeout=PATIENCE_MS)
    expect(newest.get_by_role("status")).to_contain_text("to the letter", timeout=PATIENCE_MS)


def check_a_receipt(citizen: Citizen) -> None:
    """Check one by hand, as anybody could."""
    receipt = citizen.receipts()[0].to_bytes().decode()
    page = citizen.open(PANEL + "/check")
    page.locator("#nearside-check-text").fill(receipt)
    page.locator("nearside-check > button").click()
    expect(page.locator(".nearside-checked h2")).to_have_text("This receipt holds")


def end(citizen: Citizen) -> None:
    """Say no to everything, have the agency's copy erased, and delete everything that is kept here."""
    page = citizen.open(PANEL)
    expect(page.locator("dl.nearside-receipt").first).to_be_visible(timeout=PATIENCE_MS)
    citizen.withdraw()
    citizen.until(lambda: len(citizen.book()["receipts"]) == 6, "a yes and a no to three purposes")
    page.get_by_role("button", name="Delete the agency’s copy of my records").click()
    expect(page.locator(".nearside-copies .nearside-inset")).to_be_focused()
    page.get_by_role("button", name="Delete it now").click()
    newest = page.locator(".nearside-sent-list").first
    expect(newest).to_contain_text("A request to delete the agency’s copy")
    page.get_by_role("button", name="Delete this list").click()
    page.get_by_role("button", name="Delete everything on this device").click()
    page.get_by_role("button", name="Delete everything now").click()
    citizen.until(
        lambda: not any(key.startswith("nearside") for key in citizen.local()) and not citizen.store(),
        "everything is deleted",
    )
