"""My tasks in a real browser: all that a device was asked to keep, each with a way to go on and to delete."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from edge_client.reminders.days import later
from edge_client.wire.condition import Unit
from tests.support.browser import STORAGE_BLOCKED, Citizen, NewCitizen
from tests.support.playing import PlayedCity
from tests.support.tasks import START, with_form, with_questions, with_reminder

pytestmark = pytest.mark.browser

TASKS = "/help/privacy/tasks"
APPLY = "/parking/resident-permit/apply"
PANEL = "/help/privacy"
ARABIC = "/ar/help/privacy/tasks"
ENDS = later(START, 1, Unit.YEARS)


def rows(page: Page, count: int) -> list[tuple[str, str, str | None]]:
    """Title, status and address of each task, once so many are listed."""
    expect(page.locator(".nearside-task")).to_have_count(count)
    return [
        (
            row.locator(".govuk-task-list__name-and-hint > :first-child").inner_text(),
            row.locator(".nearside-tag").inner_text(),
            row.locator("a").first.get_attribute("href"),
        )
        for row in page.locator(".nearside-task").all()
    ]


def test_the_list_has_each_task_with_its_status_what_is_due_first(new_citizen: NewCitizen) -> None:
    """Questions, a form and a reminder: where each goes on, how it stands, until when it is kept."""
    citizen = new_citizen()
    with_questions(citizen)
    with_form(citizen)
    with_reminder(citizen)
    page = citizen.open(TASKS)
    renew = "/parking/resident-permit/renew"
    permit = "Renew your resident parking permit"
    assert rows(page, 3) == [
        ("Find out which licences you need", "Saved", "/business/which-licences"),
        (permit, "Waiting", renew),
        (permit, "Kept", renew),
    ]
    expect(page.locator("nearside-tasks")).to_contain_text(f"For {ENDS.day} {ENDS:%B} {ENDS.year}")
    expect(page.locator("nearside-tasks")).to_contain_text("Answers: 2.")
    page.clock.set_fixed_time(datetime(ENDS.year, ENDS.month, ENDS.day, 18, tzinfo=UTC))
    page = citizen.open(TASKS)
    assert [row[1] for row in rows(page, 2)] == ["Due", "Kept"]


def test_what_was_begun_and_what_is_pinned_stand_in_the_list(new_citizen: NewCitizen) -> None:
    """The step to go on with first, pages that were kept last, in the order that the panel lets the citizen
    choose; each goes from the device by its button."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.accept()
    citizen.planned()
    citizen.look_at(APPLY)
    page = citizen.open("/")
    pins = []
    for card in citizen.cards.all()[:2]:
        pins.append(card.get_attribute("data-item"))
        card.locator(".nearside-more summary").click()
        card.get_by_role("button", name="Pin: ").click()
    citizen.planned()
    page = citizen.open(PANEL)
    links = page.locator(".nearside-known .nearside-kept-list a")
    page.get_by_role("button", name="Move up").click()
    expect(links.first).to_have_attribute("href", str(pins[1]))
    expect(page.get_by_role("button", name="Move down")).to_be_focused()
    page = citizen.open(TASKS)
    found = rows(page, 3)
    assert [row[1:] for row in found] == [("Begun", APPLY), ("Pinned", pins[1]), ("Pinned", pins[0])]
    assert found[0][0] == "Apply for a resident parking permit"
    for left in (2, 1, 0):
        page.locator(".nearside-task").first.get_by_role("button", name="Delete").click()
        expect(page.locator(".nearside-task")).to_have_count(left)
        expect(page.locator("nearside-tasks").get_by_text("Deleted from this device.")).to_be_focused()
    citizen.until(lambda: APPLY not in str(citizen.store()["profile"]), "the look to be forgotten")
    citizen.until(lambda: str(pins[0]) not in str(citizen.store().get("told")), "the pins to be gone")
    expect(page.locator(".nearside-task")).to_have_count(0)  # nor does any come back


def test_each_is_deleted_by_its_own_button(new_citizen: NewCitizen) -> None:
    """One after the other, with the focus on what was done; then nothing is kept any more."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.reject()
    before = citizen.local()
    with_questions(citizen)
    with_form(citizen)
    with_reminder(citizen)
    page = citizen.open(TASKS)
    for left in (2, 1, 0):
        page.locator(".nearside-task").first.get_by_role("button", name="Delete").click()
        expect(page.locator(".nearside-task")).to_have_count(left)
        expect(page.locator("nearside-tasks").get_by_text("Deleted from this device.")).to_be_focused()
    expect(page.locator("nearside-tasks")).to_contain_text("This device keeps no tasks.")
    assert citizen.local() == before


def test_the_panel_lists_all_of_it_and_deletes_it_with_the_rest(new_citizen: NewCitizen) -> None:
    """Who clears this device by one button clears tasks, reminders and answers too."""
    citizen = new_citizen()
    citizen.open("/")
    citizen.reject()
    before = citizen.local()
    with_questions(citizen)
    with_form(citizen)
    with_reminder(citizen)
    page = citizen.open(PANEL)
    listed = page.locator(".nearside-kept-list")
    expect(listed).to_contain_text("A reminder: Renew your resident parking permit")
    expect(listed).to_contain_text("Answers for forms, encrypted")
    expect(listed.locator("li")).to_have_count(3)
    assert "vault-key" in citizen.store()
    page.get_by_role("button", name="Delete this list").click()
    assert citizen.local() == before
    citizen.until(lambda: "vault-key" not in citizen.store(), "the key is erased too")
    page = citizen.open(TASKS)
    expect(page.locator("nearside-tasks")).to_contain_text("This device keeps no tasks.")


def test_a_reminder_s_calendar_file_is_saved_from_the_list(new_citizen: NewCitizen) -> None:
    """Also later, when the page that offered it is long left."""
    citizen = new_citizen()
    with_reminder(citizen)
    page = citizen.open(TASKS)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save for my calendar").click()
    (event,) = Calendar.from_ical(saved.value.path().read_bytes()).walk("VEVENT")
    assert event.decoded("DTSTART") == ENDS


def test_no_request_tells_what_is_kept(city: PlayedCity, new_citizen: NewCitizen) -> None:
    """The list is the same page with the same files, whoever opens it."""

    def heard(citizen: Citizen) -> list[str]:
        start = len(city.front.seen)
        page = citizen.open(TASKS)
        expect(page.locator("nearside-tasks .nearside-hint").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        return sorted(request.path for request in city.front.since(start))

    busy, idle = new_citizen(), new_citizen()
    with_reminder(busy)
    with_form(busy)
    idle.open("/parking/resident-permit")
    expect(idle.page.locator("nearside-reminder button").first).to_be_visible()
    idle.open("/parking/resident-permit/apply")
    expect(idle.page.locator("nearside-keep button").first).to_be_visible()
    assert heard(busy) == heard(idle)


def test_without_script_or_storage_the_page_says_what_could_be_kept(new_citizen: NewCitizen) -> None:
    """The server's own list of services stands there."""
    for citizen in (new_citizen(java_script_enabled=False), new_citizen(STORAGE_BLOCKED)):
        page = citizen.open(TASKS)
        expect(page.locator("nearside-tasks a")).to_have_count(4)
        assert page.locator("nearside-tasks button").count() == 0


@pytest.mark.parametrize("path", [TASKS, ARABIC])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_list_is_accessible_and_fits(path: str, width: int, new_citizen: NewCitizen) -> None:
    """axe finds nothing, empty and full; nothing is wider than the page."""
    citizen = new_citizen(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = citizen.open(path)
    expect(page.locator("nearside-tasks .nearside-hint").first).to_be_visible()
    assert citizen.violations() == []
    with_questions(citizen)
    with_form(citizen)
    with_reminder(citizen)
    page = citizen.open(path)
    rows(page, 3)
    assert citizen.violations() == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_another_device_takes_in_what_this_one_kept(new_citizen: NewCitizen) -> None:
    """From the file that the panel makes: shown first, kept after a press and not before, and gone on with.
    The same file brings nothing twice, and another one is refused."""
    citizen = new_citizen()
    with_questions(citizen)
    with_reminder(citizen)
    page = citizen.open(PANEL)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything as a file").click()
    path = download.value.path()
    other = new_citizen(bypass_csp=True)
    page = other.open(TASKS)
    page.get_by_text("Take in what another device kept").click()
    brought = page.locator(".nearside-bring")
    brought.get_by_label("Choose the file").set_input_files(path)
    expect(brought.locator("h3")).to_be_focused()
    expect(brought.locator("li")).to_have_count(2)
    expect(brought.locator("li").first).to_contain_text("Find out which licences you need")
    assert (other.local(), other.violations()) == ({}, [])
    brought.get_by_role("button", name="Keep this here").click()
    expect(brought.locator("[role=status]")).to_have_text("It is kept on this device now.")
    own, taken = citizen.local(), other.local()
    assert set(taken) == {key for key in own if key.startswith(("nearside.flow", "nearside.rem"))}
    # Sealed anew, under this device's own key; a reminder is the same to the byte.
    assert {key for key in taken if taken[key] != own[key]} == {key for key in taken if "flow" in key}
    expect(page.locator(".nearside-task")).to_have_count(2)
    brought.get_by_label("Choose the file").set_input_files(path)
    expect(brought.locator("[role=status]")).to_contain_text("nothing that is not here already")
    foreign = {"name": "other.json", "mimeType": "application/json", "buffer": b'{"v":1}'}
    brought.get_by_label("Choose the file").set_input_files(foreign)
    expect(brought.locator("[role=status]")).to_have_text("This is not a file of this website.")
    page = other.open("/business/which-licences")
    page.get_by_role("button", name="Continue where you left off").click()
    expect(page.locator("nearside-flow > h2")).to_have_text("Check your answers")
