"""The demo's acts are played once each, however often the demo is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent_ledger.errors import Malformed
from demo.acts import Acts


def test_an_act_that_is_over_is_not_played_again(tmp_path: Path) -> None:
    """Its word is kept for those after it, also for another process."""
    words = iter(["2026-W47", "2026-W48"])
    file = tmp_path / "work" / "acts.json"
    assert Acts(file).once("contribute", lambda: next(words)) == "2026-W47"
    assert Acts(file).once("contribute", lambda: next(words)) == "2026-W47"
    assert Acts(file).played() == {"contribute": "2026-W47"}


def test_an_act_that_is_cut_short_is_not_over(tmp_path: Path) -> None:
    """Whatever ends it, Ctrl-C too, it begins again at the next start."""
    acts = Acts(tmp_path / "acts.json")

    def stopped() -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        acts.once("publish", stopped)
    assert acts.played() == {}
    assert acts.once("publish", lambda: "done") == "done"


def test_an_act_may_be_made_of_others(tmp_path: Path) -> None:
    """What was over inside it stays over when it is cut short, and when it ends."""
    acts = Acts(tmp_path / "acts.json")

    def half() -> str:
        acts.once("replay", lambda: "2026-W47")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acts.once("whole", half)
    assert acts.played() == {"replay": "2026-W47"}
    assert acts.once("whole", lambda: acts.once("replay", lambda: "2026-W48")) == "2026-W47"
    assert acts.played() == {"replay": "2026-W47", "whole": "2026-W47"}


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"played":[],"v":1}', b'{"played":{"a":1},"v":1}', b'{"played":{},"v":true}']
)
def test_a_damaged_list_of_acts_is_said(tmp_path: Path, raw: bytes) -> None:
    """Nothing is played on a guess."""
    (tmp_path / "acts.json").write_bytes(raw)
    with pytest.raises(Malformed):
        Acts(tmp_path / "acts.json").once("publish", lambda: "")
    assert (tmp_path / "acts.json").read_bytes() == raw
