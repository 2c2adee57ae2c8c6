"""What `nearside model` does around a decision: what was decided last comes first; the log is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Refused
from lambdas.decide_model.handler import handle
from lambdas.shared.learning.statement import Step
from lambdas.shared.publishing.publication import Published
from nearside.commands.model import deployed as module
from nearside.commands.model.deployed import Deployed
from nearside.commands.model.history import lines_of
from nearside.signing_key import write_key
from tests.support.learning import PEOPLE, SITE, Desk, proposal

LIVE = Published(2, "ab" * 32, index=5, keys_hash="cd" * 32, documents=1, code_files=0)


@dataclass
class Commands:
    """A deployment whose function is a desk, and whose publishing is told and not done."""

    desk: Desk = field(default_factory=Desk)
    done: list[str] = field(default_factory=list)
    fails: bool = False

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Take a statement in as `decide_model` does."""
        assert function == "decide_model"
        answer = handle(event, None)
        self.done.append(answer.get("step", "refused"))
        return answer

    def apply(self) -> Published | None:
        """Publish, or fail to."""
        self.done.append("publish")
        if self.fails:
            raise Refused("rollout: rules.json is not the one that the proposal was made for")
        return LIVE


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    made = Commands()
    monkeypatch.setattr("lambdas.decide_model.handler.compose", lambda: made.desk.service)
    monkeypatch.setattr(Deployed, "learning", lambda _: made.desk.learning())
    monkeypatch.setattr(Deployed, "apply", lambda _: made.apply())
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    return made


@pytest.fixture
def deployed(commands: Commands) -> Deployed:
    return Deployed(commands, SITE)  # type: ignore[arg-type]  # the one method of a stack that deciding calls


@pytest.fixture
def keys(tmp_path: Path) -> list[Path]:
    """The files of the keys of those who decide."""
    files = [tmp_path / f"{at}.key" for at, _ in enumerate(PEOPLE)]
    for at, (file, signer) in enumerate(zip(files, PEOPLE, strict=True), 1):
        assert write_key(file, signer.key.name, seed=bytes([at]) * 32).key == signer.key
    return files


def test_what_was_decided_last_is_published_before_a_model_goes_further(
    commands: Commands, deployed: Deployed, keys: list[Path]
) -> None:
    """Before a trial and before a model goes live; a judgement and a rollback wait for nothing."""
    name = commands.desk.add(proposal())
    deployed.decide(Step.APPROVED, name, key=keys[0])
    deployed.decide(Step.CANARY, name, key=keys[1], share_milli=10)
    deployed.decide(Step.LIVE, name, key=keys[1])
    deployed.decide(Step.ROLLED_BACK, name, key=keys[0])
    assert commands.done == ["approved", "publish", "canary", "publish", "live", "rolled-back"]


def test_nothing_is_decided_on_top_of_what_cannot_be_published(
    commands: Commands, deployed: Deployed, keys: list[Path]
) -> None:
    """The step is not even signed; rolling back is possible all the same."""
    name = commands.desk.add(proposal())
    deployed.decide(Step.APPROVED, name, key=keys[0])
    deployed.decide(Step.CANARY, name, key=keys[1], share_milli=10)
    commands.fails = True
    before = list(commands.desk.store.statements())
    for step, share in ((Step.CANARY, 20), (Step.LIVE, None)):
        with pytest.raises(Refused, match=r"roll it back first \(rollout: rules.json"):
            deployed.decide(step, name, key=keys[1], share_milli=share)
    assert list(commands.desk.store.statements()) == before
    deployed.decide(Step.ROLLED_BACK, name, key=keys[2])
    assert commands.desk.learning().rollout.trial is None


def test_a_proposal_of_a_moment_ago_is_waited_for(
    commands: Commands, deployed: Deployed, keys: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log takes seconds; what is not in it after a minute is somebody else's, and has no name."""
    made = proposal()
    name = commands.desk.add(made, is_logged=False)
    looked: list[int] = []

    def learning(_: Deployed) -> object:
        looked.append(1)
        if len(looked) == 3:
            commands.desk.logged.append(made.leaf)
        return commands.desk.learning()

    monkeypatch.setattr(Deployed, "learning", learning)
    deployed.decide(Step.APPROVED, name[:8], key=keys[0])
    assert (len(looked), commands.done) == (3, ["approved"])
    planted = commands.desk.add(proposal("planted"), is_logged=False)
    monkeypatch.setattr(module, "LOG_WAIT_S", 0.0)
    with pytest.raises(Refused, match="log does not hold"):
        deployed.proposal(planted)
    with pytest.raises(Refused, match="none is named so"):
        deployed.proposal("xyz")


def test_the_history_keeps_what_counts_from_what_does_not(commands: Commands, deployed: Deployed) -> None:
    """A planted proposal waits for no judgement; a statement that does not hold is named with its reason."""
    desk = commands.desk
    name, waiting = desk.add(proposal()), desk.add(proposal("two"))
    desk.decide(Step.APPROVED, name)
    planted = desk.add(proposal("planted"), is_logged=False)
    own = desk.store.accept(desk.signed(Step.CANARY, name, by=PEOPLE[0], share_milli=1000))
    lines = lines_of(deployed)
    assert {f"{name}  approved", f"{waiting}  waits to be judged", f"not in the log  {planted}"} < set(lines)
    (aside,) = [line for line in lines if line.startswith("set aside")]
    assert own.digest.hex() in aside
    assert "whoever approved" in aside
    assert len(lines) == 4
