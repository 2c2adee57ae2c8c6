"""Invoked by the schedule, or by somebody with a signed request; wires the service to AWS."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

from consent_ledger.errors import Malformed
from consent_ledger.note import VerifierKey
from lambdas.propose_model.service import Candidate, ProposeModelService, Question
from lambdas.propose_model.store import LoggedBundle, S3Releases
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.learning.logged import public_log
from lambdas.shared.learning.store import LearningStore
from lambdas.shared.live_bundle import LiveBundle, bundle_key_name
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, listed, variable


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Propose once for what there is; `{"request": <text of a signed note>}` says who asks.

    Returns `{"proposal": <its SHA-256>, "verdict", "new"}`, or `{"proposal": null, "why"}`. Whatever is wrong
    raises: the schedule's retries and its dead letters tell the deployer.
    """
    request = event.get("request")
    if not (request is None or isinstance(request, str)):
        raise Malformed("statement: not a text")
    started_ns = monotonic_ns()
    done = compose().propose(None if request is None else request.encode("utf-8", "surrogatepass"))
    log_event("propose-model", new=int(done.is_new), duration_us=(monotonic_ns() - started_ns) // 1000)
    if done.proposal is None:
        return {"proposal": None, "why": done.why}
    return {
        "proposal": done.proposal.digest.hex(),
        "verdict": done.proposal.verdict.value,
        "new": done.is_new,
    }


def compose() -> ProposeModelService:
    """Wire the service as the function's variables say. Raises `Malformed` for a key that is none."""
    aws, site, origin = AwsSettings.read(), variable("SITE"), variable("LEDGER_ORIGIN")
    s3 = clients.s3(aws)
    ledger = public_log(aws)
    agency = KmsSigner(bundle_key_name(origin), variable("AGENCY_KEY_ARN"), clients.kms(aws))
    return ProposeModelService(
        site=site,
        bundle=LoggedBundle(
            LiveBundle(s3, variable("SITE_BUCKET"), site, lambda: agency.key), ledger.check_newest
        ),
        releases=S3Releases(s3, variable("RELEASE_BUCKET")),
        is_logged=ledger.holds,
        store=LearningStore(s3, variable("LEARNING_BUCKET"), site),
        log=ledger.record,
        learn=_learn,
        approvers=tuple(VerifierKey.parse(key) for key in listed("APPROVER_KEYS")),
    )


def _learn(question: Question) -> Candidate | None:
    # NumPy, SciPy, scikit-learn and ONNX Runtime take seconds to import, and most days need none of them.
    from lambdas.propose_model.learner import learn

    return learn(question)
