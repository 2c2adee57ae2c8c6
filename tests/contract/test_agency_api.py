"""The agency API on a whole deployment: through the front door, with tokens, under its own roles."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import pytest

from lambdas.shared.agency.audit import AUDIT, read_entry, verify_chain
from lambdas.shared.agency.dynamo import DynamoRows
from lambdas.shared.agency.job import jobs_of, read_ordered
from lambdas.shared.agency.roles import Role
from lambdas.shared.agency.rows import AgencyId, Place, Row, all_rows
from lambdas.shared.publishing.job import Asked, Kill, Publish
from nearside.local.issuer import Issuer
from nearside.local.issuer_people import Person
from nearside.local.stack import Stack
from tests.support import patient

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack
DOC = Path("docs/agency-api.md")


def token(state: Path, role: Role, *, agency: str = "riverton") -> str:
    issuer = Issuer.of(state)
    person = Person(str(uuid4()), agency, frozenset({role}))
    issuer.people.add(person)
    return issuer.token(person, now=int(time.time()), seconds=3600)


@pytest.fixture(scope="module")
def tokens(stack: Stack, stack_state: Path) -> dict[str, str]:
    """Four people of the agency, and a stranger."""
    roles = {
        "AUTHOR": Role.AUTHOR,
        "APPROVER": Role.APPROVER,
        "DEVELOPER": Role.DEVELOPER,
        "OFFICER": Role.PRIVACY_OFFICER,
    }
    made = {name: token(stack_state, role) for name, role in roles.items()}
    return {**made, "STRANGER": token(stack_state, Role.AUTHOR, agency="lakeside")}


@pytest.fixture(scope="module")
def walked(stack: Stack, tokens: dict[str, str]) -> str:
    """What the commands of the page print, run by a shell that stops at the first that fails."""
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", DOC.read_text(), re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "URL": stack.url, **tokens},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def rows_of(stack: Stack, place: Place) -> tuple[Row, ...]:
    store = DynamoRows(stack.client("dynamodb"), stack.outputs["AgencyTable"])
    return all_rows(store, AgencyId("riverton"), place)


def jobs(stack: Stack) -> list[Asked]:
    """What the agency's jobs ask for, in the order in which they were ordered."""
    return [read_ordered(row).job.asked for row in rows_of(stack, jobs_of("riverton"))]


def test_the_page_s_own_commands_do_what_it_says(stack: Stack, walked: str) -> None:
    """From an empty draft to what is ordered, paused, resumed and killed; each a job for the publisher, and
    each entered in a chain that holds."""
    asked = {type(each) for each in jobs(stack)}
    assert asked == {Publish, Kill}
    entries = [read_entry(row.body) for row in rows_of(stack, AUDIT)]
    last = verify_chain(entries)
    assert last is not None
    acts = [entry.deed.act.value for entry in entries]
    assert acts[:6] == ["created"] * 6
    assert acts[6:] == [
        "changed",
        "imported",
        "proposed",
        "approved",
        "published",
        "published",
        "paused",
        "killed",
        "resumed",
        "killed",
    ]
    assert len({entry.sub for entry in entries}) == 4


def test_nothing_of_it_is_there_for_another_agency(stack: Stack, tokens: dict[str, str], walked: str) -> None:
    """A stranger's token is good, and finds nothing; no token finds not even that."""
    headers = {"authorization": f"Bearer {tokens['STRANGER']}"}
    for path in ("drafts/slots", "drafts/slots/hero", "proposals", "lint"):
        answer = patient.get(f"{stack.url}/agency/sites/riverton/{path}", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.headers["cache-control"] == "no-store"
        assert patient.get(f"{stack.url}/agency/sites/riverton/{path}").status_code == 401
    assert patient.get(f"{stack.url}/agency/audit", headers=headers).json()["items"] == []


def test_a_snapshot_lies_where_the_publisher_reads_it(stack: Stack, walked: str) -> None:
    """Under its hash, in the agency's own folder."""
    bucket = stack.functions["agency_acts"].variables["AGENCY_BUCKET"]
    (snapshot,) = [each.snapshot for each in jobs(stack) if isinstance(each, Publish)]
    key = f"agencies/riverton/riverton/files/{snapshot}"
    listed = json.loads(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert (listed["agency"], listed["site"]) == ("riverton", "riverton")
    assert set(listed["files"]) == {"catalogue.json", "rules.json", "notices.json"}
