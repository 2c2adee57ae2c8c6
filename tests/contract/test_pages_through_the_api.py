"""On a whole stack, by the agency API alone: a site's first bundle, other pages, and back again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from consent_ledger.ed25519 import verify_claims
from edge_client.bundle import Pins, Trust, check_bundle, open_bundle
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.catalogue import CatalogueItem
from edge_client.wire.paths import ItemId
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.roles import Role
from lambdas.shared.publishing.bundle_files import read_files
from lambdas.shared.publishing.live_bundle import path_of_bundle
from lambdas.shared.publishing.trained_model import Card
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from tests.support import patient
from tests.support.agency_people import token_of
from tests.support.city import catalogue
from tests.support.drafting import FORM, small_parts

pytestmark = pytest.mark.stack

SITE = "riverton"
GONE, NEW = ItemId("/bins/missed"), ItemId("/bins/garden")


class People:
    """Those who work for the agency of a site that has nothing yet."""

    def __init__(self, stack: Stack, state: Path) -> None:
        self.stack = stack
        self.tokens = {role: token_of(state, role) for role in (Role.AUTHOR, Role.APPROVER, Role.DEVELOPER)}

    def ask(self, role: Role, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request below the site and return its answer, which must be no problem."""
        answer = patient.request(
            method,
            f"{self.stack.url}/agency/sites/{SITE}/{path}",
            json=body,
            headers={
                "authorization": f"Bearer {self.tokens[role]}",
                "idempotency-key": uuid4().hex,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def writes(self, collection: str, name: str, body: Mapping[str, Any]) -> None:
        """Write a document that is not there yet."""
        self.ask(Role.AUTHOR, "PUT", f"drafts/{collection}/{name}", body, if_none_match="*")

    def publishes(self) -> dict[str, Any]:
        """Propose the draft, have it approved by somebody else, and have it published by a third."""
        proposal = self.ask(Role.AUTHOR, "POST", "proposals", FORM)
        approved = {"snapshot": proposal["snapshot"]}
        self.ask(Role.APPROVER, "POST", f"proposals/{proposal['id']}/approvals", approved)
        return self.ordered("bundles", {"proposal": proposal["id"]})

    def ordered(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Order something of the publisher, and say what became of it, once something did."""
        job = self.ask(Role.DEVELOPER, "POST", path, body)["job"]
        ends_at = time.monotonic() + patient.WAIT_S
        while time.monotonic() < ends_at:
            told: dict[str, Any] = self.ask(Role.APPROVER, "GET", f"jobs/{job}")
            if told["state"] != "queued":
                return told
            time.sleep(0.1)
        raise AssertionError("nothing became of the job")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """A deployment of its own: nobody published anything there."""
    state = tmp_path_factory.mktemp("pages")
    with local_stack(state) as running:
        yield People(running, state)


def opened(stack: Stack) -> Any:
    """The live bundle, by the device's own checks."""
    deployment = Deployment.of(stack)
    keys = deployment.keys()
    raw = deployment.shelf.read(path_of_bundle(SITE))
    assert raw is not None
    trust = Trust(SITE, keys.bundles[0], keys.log_keys())
    found = check_bundle(raw, trust=trust, pins=Pins(), now=int(time.time()))
    verify_claims(found.claims)
    return open_bundle(found, read_files(deployment.shelf, found.manifest).by_name)


def card_of(stack: Stack) -> Card:
    """The card of the live model."""
    shelf = Deployment.of(stack).shelf
    raw = shelf.read(path_of_bundle(SITE))
    assert raw is not None
    return Card.parse(read_files(shelf, PublishedBundle.from_bytes(raw).manifest).by_name["model.json"])


def test_an_agency_publishes_its_first_bundle_and_other_pages_by_its_api_alone(people: People) -> None:
    """Nobody handed in a model: the first is of the catalogue's words; the next has a page more and a page
    less; and going back brings the first one's files. Devices take each of them."""
    stack = people.stack
    for collection, name, body in small_parts():
        if collection != Collection.CATALOGUE:
            people.writes(collection, name, body)
    items = {item.id: item for item in catalogue().items if item.topic == "bins"}
    for item in items.values():
        people.writes("catalogue", item.id.replace("/", "~"), item.to_json())
    first = people.publishes()
    assert (first["state"], first["version"]) == ("done", 1), first
    assert opened(stack).catalogue.pages == tuple(sorted(items))
    assert card_of(stack).is_paged
    assert card_of(stack).is_of(opened(stack).catalogue)

    new = CatalogueItem.from_json({**items[GONE].to_json(), "id": NEW, "title": "Order a garden bin"})
    people.writes("catalogue", "~bins~garden", new.to_json())
    people.ask(Role.AUTHOR, "DELETE", "drafts/catalogue/~bins~missed", if_match=etag(people, "~bins~missed"))
    second = people.publishes()
    assert (second["state"], second["version"]) == ("done", 2), second
    assert set(opened(stack).catalogue.pages) == {*items, NEW} - {GONE}
    assert card_of(stack).is_of(opened(stack).catalogue)

    back = people.ordered("bundles/rollback", {"version": 1})
    assert (back["state"], back["version"]) == ("done", 3), back
    assert opened(stack).catalogue.pages == tuple(sorted(items))


def etag(people: People, page: str) -> str:
    """The etag of a page of the draft."""
    address = f"{people.stack.url}/agency/sites/{SITE}/drafts/catalogue/{page}"
    headers = {"authorization": f"Bearer {people.tokens[Role.AUTHOR]}"}
    return patient.get(address, headers=headers).headers["etag"]
