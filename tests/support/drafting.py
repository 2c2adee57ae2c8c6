"""A small city's draft, of the demo's own files, and an office of its agency in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Any

from consent_ledger import canonical
from demo.catalogue import catalogue_of
from demo.content import load_pages
from demo.pictures import load_pictures
from demo.site import HERE
from lambdas.agency_acts.office import Office
from lambdas.agency_acts.services import Services
from lambdas.agency_drafts.service import Condition, DraftsService
from lambdas.agency_imports.service import ImportsService
from lambdas.agency_team.memory import MemoryPeople
from lambdas.agency_team.service import TeamService
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import CATALOGUE, FLOWS, NOTICES, REMINDERS, RULES, parts_of
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.job import Outcome
from lambdas.shared.agency.memory import MemoryRows
from lambdas.shared.agency.roles import ALONE, SCOPES, Caller, Role
from lambdas.shared.agency.rows import AgencyId, AgencyRows
from lambdas.shared.agency.sites import Sites
from lambdas.shared.agency.snapshot import MemoryFiles
from lambdas.shared.publishing.job import Job
from tests.support.viewing import Sights

SITE, OTHER_SITE = "riverton", "lakeside"
NOW = 1_795_600_000
"""A day in November 2026."""
PAGE = "~parking~resident-permit"
SITES = Sites.parse("riverton:riverton,lakeside.example:lakeside")
FORM = {
    "goal": "People renew their permit in time",
    "audience": "Residents with a permit",
    "hypothesis": "A reminder in the list makes renewals come earlier",
    "metric": "Renewals before the last week",
    "fallback": "The list that the page has without us",
    "owner": "Parking team",
    "review": "2027-05-31",
    "benefit": "No fine for a forgotten renewal",
    "necessity": "The date differs from person to person",
    "alternatives": "A letter to everybody",
    "harms": "None known; nothing leaves the device",
}
PERMIT: dict[str, Any] = {
    "name": "permit",
    "goal": "Renew in time",
    "owner": "Parking team",
    "review": "2027-01-31",
    "slot": "hero",
    "rung": "suggestion",
    "does": "offer",
    "when": None,
    "items": ["/parking/resident-permit"],
    "topics": [],
    "cap": None,
    "cool_down_days": 7,
    "egress": "nothing",
}
"""A rule about the page, for a goal of its title."""


def person(name: str, *roles: Role, agency: str = "riverton") -> Caller:
    """Somebody of an agency with these roles."""
    scopes = frozenset(scope for role in roles for scope in SCOPES[role])
    return Caller(name, agency, frozenset(roles), scopes)


ALICE = person("alice", Role.AUTHOR)
ARTHUR = person("arthur", Role.AUTHOR)
BOTH = person("both", Role.AUTHOR, Role.APPROVER)
CAROL = person("carol", Role.APPROVER)
OFFICER = person("officer", Role.PRIVACY_OFFICER)
DEV = person("dev", Role.DEVELOPER)
STRANGER = person("stranger", *(role for role in Role if role not in ALONE), agency="lakeside.example")


@cache
def city_files() -> dict[str, bytes]:
    """The demo city's bundle files, as far as drafts make them."""
    agency = HERE / "agency"
    catalogue = catalogue_of(load_pages(HERE / "content"), load_pictures(HERE / "content" / "pictures.yaml"))
    notices = [json.loads((agency / "notices" / f"{lang}.json").read_bytes()) for lang in ("ar", "en")]
    return {
        CATALOGUE: catalogue.to_bytes(),
        RULES: canonical.encode(json.loads((agency / "rules.json").read_bytes())),
        NOTICES: canonical.encode({"v": 1, "notices": notices}),
        FLOWS: canonical.encode(json.loads((agency / "flows.json").read_bytes())),
        REMINDERS: canonical.encode(json.loads((agency / "reminders.json").read_bytes())),
    }


@cache
def city_parts() -> dict[Collection, dict[str, dict[str, Any]]]:
    """The documents that make these files, with a goal for each rule."""
    parts: dict[Collection, dict[str, dict[str, Any]]] = parts_of(SITE, city_files())
    for number, title in enumerate(dict.fromkeys(rule["goal"] for rule in parts[Collection.RULES].values())):
        name = f"goal-{number}"
        goal = {"name": name, "title": title, "kind": "page-reached", "pages": ["/"]}
        parts[Collection.GOALS][name] = goal
    return parts


def small_parts() -> Iterator[tuple[Collection, str, dict[str, Any]]]:
    """Documents of a draft that may be published: two pages, one slot, one notice, no rule."""
    item = dict(city_parts()[Collection.CATALOGUE][PAGE])
    yield Collection.CATALOGUE, PAGE, {**item, "translations": {}}
    settings = {**city_parts()[Collection.SETTINGS]["rules"]}
    for name in ("never_items", "entitled_items", "never_topics", "entitled_topics", "child_topics"):
        settings[name] = []
    for name in ("child_topics", "outcome_days"):
        settings.pop(name)
    yield Collection.SETTINGS, "rules", settings
    slot = next(iter(city_parts()[Collection.SLOTS].values()))
    yield Collection.SLOTS, "hero", {**slot, "slot": "hero", "not_topics": [], "level": "rules"}
    yield Collection.NOTICES, "en", city_parts()[Collection.NOTICES]["en"]


class Town:
    """An agency's people at work in memory: drafts, proposals and bundles over the same rows."""

    def __init__(self, rows: AgencyRows | None = None) -> None:
        self.now = NOW
        self.rows = rows or MemoryRows()
        self.files = MemoryFiles()
        self.sent: list[Job] = []
        self.outcomes: dict[str, Outcome] = {}
        ids = count(1)
        desk = Desk(self.rows, SITES, lambda: self.now)
        office = Office(
            desk,
            self.files,
            send=self.sent.append,
            outcome_of=lambda agency, site, job: self.outcomes.get(job),
            new_id=lambda: f"{next(ids):016x}",
        )
        self.drafts = DraftsService(desk)
        self.imports = ImportsService(desk)
        self.acts = Services.of(office)
        self.proposals, self.bundles = self.acts.proposals, self.acts.bundles
        self.people = MemoryPeople()
        self.sights = Sights(SITE)
        self.views = self.sights.views(desk)
        self.team = TeamService(desk, self.people, lambda: f"{next(ids):016x}")

    def write(self, caller: Caller, collection: Collection, name: str, body: dict[str, Any]) -> None:
        """Create or change a document, whatever it was."""
        row = self.drafts._read(AgencyId(caller.agency), SITE, collection, name)
        condition = Condition(None, "*") if row.body is None else Condition(row.etag, None)
        self.drafts.put(caller, SITE, collection, name, body, condition=condition)

    def fill(self, caller: Caller = ALICE) -> None:
        """Write the small draft."""
        for collection, name, body in small_parts():
            self.write(caller, collection, name, body)
