"""The deployment's learning, as the commands of `nearside model` reach it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from consent_ledger.errors import Refused, Untrue
from consent_ledger.leaf import ModelLeaf
from lambdas.shared.learning.learning import NOT_LOGGED, Learning
from lambdas.shared.learning.logged import is_held
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import STARTS, Statement, Step, sign_statement
from lambdas.shared.learning.store import LearningStore
from lambdas.shared.publishing.model_rollout import Place, bring
from lambdas.shared.publishing.publication import Published
from nearside.commands.deployed import (
    approver_option,
    approver_parameters,
    controller_option,
    open_set_up,
    parameters_of,
    state_option,
)
from nearside.commands.files import unusable
from nearside.deployment import Deployment
from nearside.local.stack import Stack
from nearside.paging import pages_of
from nearside.signing_key import read_key

LOG_WAIT_S = 60.0
_PAUSE_S = 0.5
_NOT_YET = frozenset(
    f"statement: the public log does not hold the {what} yet" for what in ("proposal", "step before it")
)
_Command = TypeVar("_Command", bound=Callable[..., Any])

key_option = click.option(
    "--key", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File of your signing key."
)
proposal_argument = click.argument("proposal", metavar="PROPOSAL")


def site_options(command: _Command) -> _Command:
    """Give a command the options that name a deployment."""
    decorated = click.option("--site", required=True, help="Site whose models are meant.")(command)
    return approver_option(state_option(controller_option(decorated)))


@dataclass(frozen=True, slots=True)
class Deployed:
    """One site of a running deployment."""

    stack: Stack
    site: str

    @property
    def store(self) -> LearningStore:
        """Where proposals and decisions are kept."""
        return LearningStore(self.stack.client("s3"), self.stack.outputs["LearningBucket"], self.site)

    def learning(self) -> Learning:
        """Everything that was proposed and decided, as far as the log or a key in force vouches for it."""
        deployment = Deployment.of(self.stack)
        storage, trusted = deployment.ledger, deployment.keys().log_keys()

        @cache
        def is_logged(entry: ModelLeaf) -> bool:
            return is_held(storage, entry, trusted=trusted)

        return Learning.of(
            self.store.proposals(),
            self.store.statements(),
            is_logged=is_logged,
            approvers=deployment.approvers(),
        )

    def decide(self, step: Step, prefix: str, *, key: Path, share_milli: int | None = None) -> str:
        """Sign a statement about the proposal whose SHA-256 begins so, and have it taken in and logged.

        Before a model is brought to devices, what was decided last is published, if that failed then: a step
        on top of one that no device ever saw would hide it. Returns the statement's SHA-256. Raises `Refused`
        with the deployment's reason.
        """
        ends_at = time.monotonic() + LOG_WAIT_S
        if step in STARTS:
            self._make_up()
        learning, name = self._named(prefix, ends_at)
        after = name if step in {Step.APPROVED, Step.REJECTED} else learning.rollout.head
        signed = sign_statement(Statement(self.site, step, name, after, share_milli), read_key(key))
        event = {"statement": signed.to_bytes().decode()}
        answer = self.stack.invoke("decide_model", event)
        while answer.get("refused") in _NOT_YET and time.monotonic() < ends_at:
            # A proposal or a step of a moment ago: the log takes seconds.
            time.sleep(_PAUSE_S)
            answer = self.stack.invoke("decide_model", event)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return str(answer["statement"])

    def proposal(self, prefix: str) -> Proposal:
        """The proposal whose SHA-256 begins so, once the log holds it. Raises `Refused`."""
        learning, name = self._named(prefix, time.monotonic() + LOG_WAIT_S)
        return learning.proposals[name]

    def _named(self, prefix: str, ends_at: float) -> tuple[Learning, str]:
        """What was decided, and a proposal's whole name; one of a moment ago takes seconds to be logged."""
        while True:
            learning = self.learning()
            try:
                return learning, learning.named(prefix).digest.hex()
            except Refused as error:
                if str(error) != NOT_LOGGED or time.monotonic() >= ends_at:
                    raise
            time.sleep(_PAUSE_S)

    def _make_up(self) -> None:
        """Publish what was decided last, unless it is live. Raises `Refused` where that cannot be."""
        try:
            self.apply()
        except (Refused, Untrue) as error:
            why = "rollout: what was decided last is not live and cannot be made so; roll it back first"
            raise Refused(f"{why} ({error})") from error

    def apply(self) -> Published | None:
        """Publish what the last step asks for; None when it is live already. Raises as `bring` does."""
        deployment = Deployment.of(self.stack)
        place = Place(
            self.site, deployment.shelf, deployment.log, deployment.keys(), deployment.agency_signer()
        )
        return bring(
            self.learning(),
            place,
            file=self.store.file,
            approvers=deployment.approvers(),
            pages=pages_of(deployment.shelf, self.site),
            now=int(time.time()),
        )


@contextmanager
def deployed(
    site: str, *, state: Path, controller: str | None, approvers: tuple[str, ...]
) -> Iterator[Deployed]:
    """Join the deployment on this machine, or run it until the body ends; errors become exit statuses.

    One that was never set up is refused.
    """
    with unusable():
        parameters = {**parameters_of(site, controller), **approver_parameters(approvers)}
        with open_set_up(state, parameters=parameters) as stack:
            yield Deployed(stack, site)


def on_deployment(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name a deployment, and call it with the deployment joined."""

    @wraps(command)
    def joined(
        *, site: str, state: Path, controller: str | None, approvers: tuple[str, ...], **given: Any
    ) -> None:
        with deployed(site, state=state, controller=controller, approvers=approvers) as deployment:
            command(deployment, **given)

    return site_options(joined)


def roll(
    step: Step, proposal: str, *, key: Path, deployment: Deployed, share_milli: int | None = None
) -> None:
    """Have a step of the rollout decided and published, and say so."""
    statement = deployment.decide(step, proposal, key=key, share_milli=share_milli)
    click.echo(f"{step.value}: statement {statement}")
    tell(deployment.apply())


def tell(published: Published | None) -> None:
    """Say what is live now."""
    if published is None:
        click.echo("bundle: it is what was decided already")
    else:
        click.echo(f"bundle: version {published.version}, manifest {published.manifest_hash}")
