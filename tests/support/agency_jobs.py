"""What an agency's people do in a week, through the front door: each of their functions has its whole job."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import CATALOGUE, parts_of
from lambdas.shared.agency.roles import SCOPES, Caller, Role
from nearside.local.stack import Stack
from tests.support import patient
from tests.support.agency_api import event_of
from tests.support.agency_people import token_of
from tests.support.drafting import FORM, city_files, small_parts
from tests.support.proposing import release_of

_SHOWN: Final = ("models", "releases")
_COLUMNS: Final = ("path", "title", "summary", "topic", "kind", "lang")


class People:
    """Those who work for the agency of a deployment, and its one site."""

    def __init__(self, stack: Stack, state: Path) -> None:
        self.stack = stack
        self.site = f"/agency/sites/{stack.outputs['Site']}"
        roles = (Role.AUTHOR, Role.ANALYST, Role.APPROVER, Role.DEVELOPER, Role.PRIVACY_OFFICER)
        self.tokens = {role: token_of(state, role) for role in roles}

    def ask(self, role: Role, method: str, path: str, body: Any = None, *, new: bool = False) -> Any:
        """Send a request below the site, or of the whole agency for a path of `/agency`; return its answer.

        `new` for a document that is not there yet. Raises for a refusal.
        """
        address = path if path.startswith("/agency") else f"{self.site}/{path}"
        answer = httpx.request(
            method,
            self.stack.url + address,
            json=body,
            headers={
                "authorization": f"Bearer {self.tokens[role]}",
                "idempotency-key": uuid4().hex,
                **({"if-none-match": "*"} if new else {}),
            },
            timeout=patient.WAIT_S,
        )
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def absent(self, path: str) -> bool:
        """Whether there is nothing at an address."""
        headers = {"authorization": f"Bearer {self.tokens[Role.APPROVER]}"}
        address = f"{self.stack.url}{self.site}/{path}"
        return httpx.get(address, headers=headers, timeout=patient.WAIT_S).status_code == 404

    def order(self, path: str, body: Any) -> dict[str, Any]:
        """Ask the publisher for something; return what became of it, once something did."""
        job = self.ask(Role.DEVELOPER, "POST", f"bundles{path}", body)["job"]
        ends_at = time.monotonic() + patient.WAIT_S
        while time.monotonic() < ends_at:
            told: dict[str, Any] = self.ask(Role.APPROVER, "GET", f"jobs/{job}")
            if told["state"] != "queued":
                return told
            time.sleep(0.1)
        raise AssertionError("nothing became of the job")


def begin(stack: Stack) -> None:
    """Before anything is published: there is no bundle, and a release that lies there is in no log."""
    site = stack.outputs["Site"]
    stack.client("s3").put_object(
        Bucket=stack.outputs["ReleaseBucket"],
        Key="releases/none/2026-W01.json",
        Body=release_of("2026-W01", site=site),
        IfNoneMatch="*",
    )
    who = Caller("before", "riverton", frozenset({Role.ANALYST}), SCOPES[Role.ANALYST])
    for path in (*_SHOWN, "purposes"):
        event = event_of(who, "GET", f"/agency/sites/{site}/{path}", "", {})
        assert stack.invoke("agency_views", event)["statusCode"] == 200, path


def do_all(stack: Stack, state: Path, catalogue: bytes) -> None:
    """Drafts, imports, proposals and orders, each of them read again; and what the publisher makes of them.

    `catalogue` is the live bundle's, for which its model is: it is written anew, some pages by an upload.
    """
    people = People(stack, state)
    parts = parts_of(stack.outputs["Site"], {**city_files(), CATALOGUE: catalogue})
    _write(people, parts[Collection.CATALOGUE])
    proposal = _propose(people)
    orders: tuple[tuple[str, Any, str], ...] = (
        ("", {"proposal": proposal}, "done"),
        ("/kill", {"slots": None}, "done"),
        ("/revive", {}, "done"),
        ("/rollback", {"version": 2}, "done"),
        # Of a model that nobody proposed: the publisher looks for it.
        ("/canary", {"model": "0" * 64}, "refused"),
    )
    for path, body, became in orders:
        told = people.order(path, body)
        assert told["state"] == became, told
    for act, body in (("pause", {"reason": "A complaint"}), ("resume", {}), ("veto", {"reason": "It harms"})):
        people.ask(Role.PRIVACY_OFFICER, "POST", f"proposals/{proposal}/{act}", body)
    for path in ("proposals", "jobs", "/agency/audit?limit=100"):
        assert people.ask(Role.APPROVER, "GET", path)["items"]
    _look(people)


def _look(people: People) -> None:
    """What others made is looked at: models, releases, purposes, the whole draft, and what is not there."""
    assert people.ask(Role.ANALYST, "GET", "drafts")["items"]
    (model, *_), (release, *_) = (people.ask(Role.ANALYST, "GET", each)["items"] for each in _SHOWN)
    assert people.ask(Role.ANALYST, "GET", f"models/{model['id']}")["card"]
    assert people.ask(Role.ANALYST, "GET", f"releases/{release['task']}/{release['period']}") == release
    told = people.ask(Role.ANALYST, "GET", "purposes")
    assert told["live"]["purposes"]
    assert told["draft"]["purposes"]
    for path in (f"models/{'0' * 64}", "releases/none/2026-W01"):
        assert people.absent(path)


def _write(people: People, pages: Mapping[str, Any]) -> None:
    """Three pages are taken in from an upload, other documents are written; all are listed, read and looked
    over. One of the pages is new, so that a model has to be made for them."""
    (name, page), second, *others = pages.items()
    rows = [
        ",".join(f'"{value}"' for value in (each["id"], *(each[column] for column in _COLUMNS[1:])))
        for each in (page, second[1], {**page, "id": "/e/w", "title": "Page e", "summary": "About e."})
    ]
    content = base64.b64encode("\n".join((",".join(_COLUMNS), *rows, "")).encode()).decode()
    people.ask(Role.AUTHOR, "POST", "imports", {"kind": "csv", "content": content})
    assert people.ask(Role.AUTHOR, "GET", f"drafts/catalogue/{name}")
    documents = [part for part in small_parts() if part[0] != Collection.CATALOGUE]
    for collection, each, body in (*((Collection.CATALOGUE, *other) for other in others), *documents):
        people.ask(Role.AUTHOR, "PUT", f"drafts/{collection}/{each}", body, new=True)
    for path in ("/agency/sites", "drafts/slots", "lint"):
        assert people.ask(Role.AUTHOR, "GET", path), path
    assert people.absent("drafts/slots/none")


def _propose(people: People) -> str:
    """A proposal is looked for before there is one, then made, read and approved; likewise a job."""
    assert people.absent("proposals/none")
    assert people.absent("jobs/none")
    made = people.ask(Role.AUTHOR, "POST", "proposals", FORM)
    name: str = made["id"]
    read = people.ask(Role.APPROVER, "GET", f"proposals/{name}")
    people.ask(Role.APPROVER, "POST", f"proposals/{name}/approvals", {"snapshot": read["snapshot"]})
    return name
