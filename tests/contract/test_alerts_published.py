"""`nearside alerts publish` on a deployment: signed by its key, served to everybody for half a minute."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger.ed25519 import verify_claims
from demo.alerts import FOLDER, city_areas
from edge_client.alerts.opening import AlertPin, open_alerts, open_areas
from nearside.commands.alerts import alerts as command
from nearside.deployment import Deployment
from nearside.local.stack import local_stack
from tests.support import patient

pytestmark = pytest.mark.stack


def run(*arguments: object) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_alerts_are_published_withdrawn_and_served(tmp_path: Path) -> None:
    """Two files of the city, then none: each publication has the next number, and devices open both."""
    now = int(time.time())
    (tmp_path / "areas.json").write_bytes(city_areas().to_bytes())
    with local_stack(tmp_path / "state") as stack:
        key = Deployment.of(stack).agency_signer().key
        published = ("--site", "riverton", "--areas", tmp_path / "areas.json", "--state", tmp_path / "state")
        said = run("publish", FOLDER / "river.cap", FOLDER / "heatwave.cap", *published)
        number = int(said.split()[2].rstrip(","))
        assert now <= number <= int(time.time())
        assert said.splitlines()[0] == f"riverton: number {number}, 2 alerts, 24 hours at most"
        # Operators are told in English where the message has it.
        assert "  severe: Extreme heat" in said
        assert "  moderate: High river" in said
        assert ", for everyone" in said
        answer = patient.get(f"{stack.url}/nearside/riverton/alerts.json")
        assert answer.headers["cache-control"] == "public, max-age=30"
        opened = open_alerts(answer.content, site="riverton", agency=key, pin=AlertPin())
        verify_claims(opened.claims)
        assert [one.everyone for one in opened.alerts.alerts].count(True) == 1
        assert opened.head.areas is not None
        listed = patient.get(f"{stack.url}/nearside/riverton/files/{opened.head.areas.sha256}")
        assert "immutable" in listed.headers["cache-control"]
        assert open_areas(listed.content, opened.head) == city_areas()
        lasting = run("publish", *published)
        assert lasting.startswith("riverton: number ")
        assert int(lasting.split()[2].rstrip(",")) > number
        again = patient.get(f"{stack.url}/nearside/riverton/alerts.json").content
        assert open_alerts(again, site="riverton", agency=key, pin=opened.pin).alerts.alerts == ()


def test_without_a_deployment_nothing_is_made(tmp_path: Path) -> None:
    """A folder where none was set up stays as it was."""
    done = CliRunner().invoke(command, ["publish", "--site", "riverton", "--state", str(tmp_path / "state")])
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []
