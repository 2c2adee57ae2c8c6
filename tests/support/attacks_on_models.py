"""What an agency can do to the models that its devices use: unapproved, forged, misplaced, unlogged."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from consent_ledger import canonical
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import BundleLeaf
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.statement import ROLLOUT, SignedStatement, Statement, Step, sign_statement
from tests.support.audit_attacks import Attacks
from tests.support.audited import Agency, manifest, release
from tests.support.learning import PEOPLE, person, proposal

ATTACKS = Attacks()
SITE = "riverton"


def proposed(made: Agency, *, name: str = "one", **changes: object) -> Proposal:
    """Log a proposal that was made from the agency's one release; return it."""
    week = hashlib.sha256(release()).hexdigest()
    found = proposal(name, **{"site": SITE, "trained_on": (week,), "held_out": (week,), **changes})
    made.publish(found.leaf, documents=(found.to_bytes(),))
    return found


def say(
    made: Agency,
    step: Step,
    about: Proposal,
    *,
    by: Ed25519Signer | None = None,
    after: SignedStatement | None = None,
    share_milli: int | None = None,
) -> SignedStatement:
    """Log a statement about a proposal; unless said otherwise one judges and another brings it to devices."""
    name = about.digest.hex()
    follows = after.digest.hex() if after is not None else None
    if step in {Step.APPROVED, Step.REJECTED}:
        follows = name
    author = by or PEOPLE[step in ROLLOUT]
    signed = sign_statement(Statement(SITE, step, name, follows, share_milli), author)
    made.publish(signed.leaf, documents=(signed.to_bytes(),))
    return signed


def bundle(made: Agency, *, version: int, models: dict[str, str], canary: dict[str, object] | None) -> None:
    """Log a bundle with these models, and a canary if there is one."""
    fields = canonical.decode(manifest(version).split(b"\n")[1])
    assert isinstance(fields, dict)
    files = dict(fields["files"])  # type: ignore[arg-type]  # an object, as the builder above made it
    files |= {name: {"sha256": sha256, "bytes": 1} for name, sha256 in models.items()}
    whole = {**fields, "files": files, **({} if canary is None else {"canary": canary})}
    text = b"nearside bundle riverton\n" + canonical.encode(whole) + b"\n"
    made.publish(BundleLeaf(SITE, version, hashlib.sha256(text).digest()), documents=(text,))


def honest_rollout(made: Agency) -> Proposal:
    """A model that was proposed, approved, tried and made live, each step as it should be."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    trial = say(made, Step.CANARY, about, share_milli=50)
    live = {"model.onnx": about.live.model}
    bundle(
        made,
        version=2,
        models={**live, "canary.onnx": about.model.sha256},
        canary={"share_milli": 50, "proposal": about.digest.hex()},
    )
    say(made, Step.LIVE, about, after=trial)
    bundle(made, version=3, models={"model.onnx": about.model.sha256}, canary=None)
    return about


@ATTACKS.before("model-release-not-logged")
def _(made: Agency) -> None:
    """Learnt from numbers that nobody paid for."""
    proposed(made, trained_on=("ab" * 32,))


@ATTACKS.before("model-not-approved")
def _(made: Agency) -> None:
    say(made, Step.CANARY, proposed(made), share_milli=50)


@ATTACKS.before("model-decided-alone")
def _(made: Agency) -> None:
    """One person approves a model and puts it on all devices."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    say(made, Step.CANARY, about, by=PEOPLE[0], share_milli=1000)


@ATTACKS.before("model-step-forged")
def _(made: Agency) -> None:
    """Approved by a key that the proposal does not name."""
    say(made, Step.APPROVED, proposed(made), by=person(9))


@ATTACKS.before("model-step-misplaced")
def _(made: Agency) -> None:
    """A trial begun again by the statement of an older one."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    say(made, Step.CANARY, about, share_milli=50)
    say(made, Step.CANARY, about, share_milli=1000)


@ATTACKS.before("trial-not-logged")
def _(made: Agency) -> None:
    """A larger share than anybody decided on."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    say(made, Step.CANARY, about, share_milli=50)
    bundle(
        made,
        version=2,
        models={"canary.onnx": about.model.sha256},
        canary={"share_milli": 1000, "proposal": about.digest.hex()},
    )


def asked_and_approved_by_one(made: Agency) -> None:
    """Somebody approves the model that they asked for."""
    about = proposed(made, asked_by=PEOPLE[0].key)
    say(made, Step.APPROVED, about, by=PEOPLE[0])


def alone_under_another_name(made: Agency) -> None:
    """The approver's key again, under the second of two names that the proposal gives it."""
    other = Ed25519Signer.from_seed("smallville.example/approvers/9", bytes([1]) * 32)
    about = proposed(made, approvers=tuple(sorted((*proposal().approvers, other.key), key=str)))
    say(made, Step.APPROVED, about)
    trial = say(made, Step.CANARY, about, share_milli=50)
    say(made, Step.LIVE, about, by=other, after=trial)


def signed_twice(made: Agency) -> None:
    """A trial under two signatures, that it may be by whichever suits."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    said = Statement(SITE, Step.CANARY, about.digest.hex(), None, 50)
    one, two = (sign_statement(said, each).note for each in PEOPLE[:2])
    both = SignedStatement(replace(one, signatures=(*one.signatures, *two.signatures)), said)
    made.publish(both.leaf, documents=(both.to_bytes(),))


def step_under_another_name(made: Agency) -> None:
    """A rejection that the log calls an approval."""
    about = proposed(made)
    said = say(made, Step.REJECTED, about)
    made.publish(replace(said.leaf, step="approved"))


def approved_afterwards(made: Agency) -> None:
    """A trial first, and the approval that it needed when somebody asked."""
    about = proposed(made)
    say(made, Step.CANARY, about, share_milli=50)
    say(made, Step.APPROVED, about)


def forged_approval(made: Agency) -> None:
    """A trial upon an approval by nobody who may."""
    about = proposed(made)
    say(made, Step.APPROVED, about, by=person(9))
    say(made, Step.CANARY, about, share_milli=50)


def live_before_its_trial(made: Agency) -> None:
    """The log holds the step that a model went live by before the trial that it says it follows."""
    about = proposed(made)
    say(made, Step.APPROVED, about)
    name = about.digest.hex()
    trial = sign_statement(Statement(SITE, Step.CANARY, name, None, 50), PEOPLE[1])
    say(made, Step.LIVE, about, after=trial)
    made.publish(trial.leaf, documents=(trial.to_bytes(),))


def unserved_step(made: Agency) -> None:
    """An approval whose words nobody can read."""
    about = proposed(made)
    signed = sign_statement(Statement(SITE, Step.APPROVED, about.digest.hex(), about.digest.hex()), PEOPLE[0])
    made.publish(signed.leaf)


__all__ = [
    "ATTACKS",
    "alone_under_another_name",
    "approved_afterwards",
    "asked_and_approved_by_one",
    "forged_approval",
    "honest_rollout",
    "live_before_its_trial",
    "signed_twice",
    "step_under_another_name",
    "unserved_step",
]
