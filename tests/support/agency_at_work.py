"""People of an agency who write, propose and order over the API until the end, and what they were told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from lambdas.shared.agency.roles import Role
from tests.support import patient
from tests.support.agency_people import token_of
from tests.support.drafting import FORM

SITE: Final = "/agency/sites/riverton"
PACE_S: Final = 0.05
"""A pause between two requests: the citizens are there too, and routes have their limits."""
DRAFT: Final[Mapping[str, Mapping[str, Any]]] = {
    "catalogue/~parking~permit": {
        "id": "/parking/permit", "title": "Resident parking permit", "summary": "Park near your home.",
        "topic": "parking", "kind": "transaction", "lang": "en", "life_events": [], "essential": False,
        "translations": {},
    },
    "settings/rules": {
        "recent_pages": 5, "decay_milli": 600, "keep_days": 90, "never_topics": [], "never_items": [],
        "entitled_items": [], "entitled_topics": [], "slots_a_page": 2, "interest_sessions": 2,
    },
    "slots/hero": {
        "slot": "hero", "pages": ["/"], "count": 1, "kinds": ["transaction"], "not_topics": [],
        "per_topic": 1, "explore_milli": 0, "level": "rules",
    },
    "notices/en": {
        "version": 1, "lang": "en", "heading": "Suggestions", "body": ["We can suggest pages."],
        "purposes": [{"purpose": "suggest", "title": "Suggest pages", "text": "The list stays here."}],
        "accept": "Accept", "reject": "Reject", "settings": "Settings", "href": "/privacy",
        "accepted": "Accepted.", "rejected": "Rejected.", "hide": "Hide",
    },
}  # fmt: skip
"""What can be proposed."""


@dataclass(slots=True)
class AtWork:
    """What was acknowledged: drafts with their etags, proposals, and orders by their jobs."""

    drafts: dict[str, str] = field(default_factory=dict)
    proposals: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    sent: int = 0

    def work_until(self, url: str, state: Path, over: threading.Event) -> None:
        """Write, propose and order, one after the other, until it is over or nobody answers."""
        author, developer = token_of(state, Role.AUTHOR), token_of(state, Role.DEVELOPER)
        with httpx.Client(base_url=url, timeout=10) as http:
            try:
                for name, document in DRAFT.items():
                    if name not in self.drafts:
                        self._write(http, author, name, document)
                while not over.wait(PACE_S):
                    self._one_more(http, author, developer)
            except httpx.HTTPError:
                return

    def _one_more(self, http: httpx.Client, author: str, developer: str) -> None:
        self.sent += 1
        name = f"goal-{self.sent}"
        goal = {"name": name, "title": name, "kind": "page-reached", "pages": ["/parking/permit"]}
        self._write(http, author, f"goals/{name}", goal)
        if self.sent % 4 == 1:
            review = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
            told = self._act(http, author, "proposals", {**FORM, "review": review})
            self.proposals.append(told["id"])
        if self.sent % 4 == 2:
            self.orders.append(self._act(http, developer, "bundles/kill", {"slots": ["hero"]})["job"])

    def _write(self, http: httpx.Client, token: str, name: str, document: Mapping[str, Any]) -> None:
        headers = {"authorization": f"Bearer {token}", "if-none-match": "*"}
        answer = http.put(f"{SITE}/drafts/{name}", json=document, headers=headers)
        # What was asked for when the end came before may have been done without a word.
        if answer.status_code != 412:
            assert answer.is_success, answer.text
            self.drafts[name] = answer.headers["etag"]

    def _act(self, http: httpx.Client, token: str, address: str, body: Mapping[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f"{address}-{self.sent}"}
        answer = http.post(f"{SITE}/{address}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def check_kept(self, url: str, state: Path, *, deadline: float, call: Callable[[], object]) -> None:
        """All of it is there, and something became of every order. Raises `AssertionError`.

        `call` is what the clock calls every minute.
        """
        headers = {"authorization": f"Bearer {token_of(state, Role.AUTHOR)}"}
        with httpx.Client(base_url=f"{url}{SITE}/", headers=headers, timeout=patient.WAIT_S) as http:
            for name, etag in self.drafts.items():
                answer = http.get(f"drafts/{name}")
                assert (answer.status_code, answer.headers["etag"]) == (200, etag), f"{name} is not as told"
            for name in self.proposals:
                assert http.get(f"proposals/{name}").status_code == 200, "an acknowledged proposal is gone"
            for job in self.orders:
                while http.get(f"jobs/{job}").json()["state"] == "queued":
                    assert time.monotonic() < deadline, "nothing became of an acknowledged order"
                    call()
                    time.sleep(1)
