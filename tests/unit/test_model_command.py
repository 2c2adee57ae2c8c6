"""`nearside model` where no deployment is needed: keys, tables, and what cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from consent_ledger.errors import Malformed
from consent_ledger.note import VerifierKey
from edge_client.wire.paths import ItemId
from lambdas.shared.learning.proposal import Check, Push
from nearside.cli import main
from nearside.commands.deployed import approver_parameters
from nearside.commands.model.show import figures_of, print_proposal
from nearside.signing_key import read_key
from tests.support.learning import PEOPLE, proposal


def test_a_key_is_made_once_and_its_public_half_printed(tmp_path: Path) -> None:
    """The file is its owner's alone, and is never written over."""
    file = tmp_path / "one.key"
    asked = ["model", "key", str(file), "--name", "riverton.example/approvers/1"]
    made = CliRunner().invoke(main, asked)
    assert made.exit_code == 0, made.output
    assert VerifierKey.parse(made.output.strip()) == read_key(file).key
    assert file.stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(main, asked)
    assert again.exit_code != 0
    assert "there already" in again.output


def test_those_who_decide_are_named_by_their_keys() -> None:
    """No key, no parameter; what is no key is refused before anything is started."""
    keys = tuple(str(each.key) for each in PEOPLE)
    assert approver_parameters(keys) == {"ApproverKeys": ",".join(keys)}
    assert approver_parameters(()) == {}
    with pytest.raises(Malformed):
        approver_parameters(("nobody",))
    refused = CliRunner().invoke(main, ["model", "history", "--site", "riverton", "--approver", "nobody"])
    assert refused.exit_code == 2
    assert "verifier key" in refused.output


def test_evidence_is_printed_with_every_check() -> None:
    """Shares as fractions, counts as they are, what did not hold, and the pages that it pushes."""
    checks = (
        Check("beats-live", held=False, figures={"candidate_hit": 250_000, "low": -20_000, "cells": 7}),
        Check("size", held=True, figures={"bytes": 12_345}),
    )
    assert figures_of(checks[0]) == "candidate_hit 0.2500, low -0.0200, cells 7"
    assert figures_of(checks[1]) == "bytes 12,345"
    gained = Push(ItemId("/parking/zones"), 3, 1_204)
    made = proposal(checks=checks, asked_by=PEOPLE[0].key, pushed=(gained,))
    console = Console(width=200, file=io.StringIO())
    print_proposal(made, console)
    printed = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    for text in (
        made.digest.hex(),
        "refused",
        "beats-live",
        str(PEOPLE[0].key),
        made.live.model,
        "/parking/zones",
        "1,204",
    ):
        assert text in printed


@pytest.mark.parametrize("share", ["0", "1.1", "nan", "-0.5"])
def test_a_share_is_of_some_devices(share: str, tmp_path: Path) -> None:
    """From a thousandth to all."""
    asked = ["model", "canary", "ab", "--share", share, "--key", str(tmp_path / "k"), "--site", "riverton"]
    refused = CliRunner().invoke(main, asked)
    assert refused.exit_code == 2
    assert "--share" in refused.output
