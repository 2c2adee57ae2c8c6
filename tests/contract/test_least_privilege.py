"""Functions do their whole jobs under their own roles: what one lacks is denied, what none uses is found."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from consent_ledger.erasing import OpenErasure
from consent_ledger.erasure import EraseRecords, SubjectAuthority, signed_bytes
from edge_client.wire.consent import ConsentAccepted
from edge_client.wire.contribution import Contribution
from edge_client.wire.task import parse_tasks
from lambdas.add_contribution import handler as add_contribution
from lambdas.cosign import handler as cosign
from lambdas.publish_checkpoint import handler as publish_checkpoint
from lambdas.shared.erasures import DynamoErasures
from lambdas.shared.learning.statement import Statement, Step, sign_statement
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.job import Job as Asked
from lambdas.shared.publishing.job import Kill
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver
from nearside.local.names import physical_name
from nearside.local.services import Services
from nearside.local.stack import Stack
from nearside.local.template import Resource, load, walk
from nearside.signing_key import read_key
from tests.support import agency_jobs, lost_orders
from tests.support.deployed import consent_request, post, wait_for_proof
from tests.support.learning_loop import SITE, Loop, put_release, release_of, started
from tests.support.ledger import device_signer
from tests.support.rights import Grant, Use, grants_of, listen, unused
from tests.support.templates import ROOT, functions, role_of

# A training, and some publications of the ledger, each with its witnesses.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

ELSEWHERE = {
    # What its people ask Cognito for is held to its role by tests/contract/test_people_laws.py.
    "AgencyTeamFunction",
}
WITNESS = {"WitnessName": "not.asked.for.example", "LogKeys": "not-asked-for"}


@dataclass(frozen=True)
class Job:
    """A function, what its role grants, and what it used of that."""

    function: LocalFunction
    resource: Resource
    grants: tuple[Grant, ...]
    heard: set[Use] = field(default_factory=set)


@dataclass(frozen=True)
class Done:
    """A deployment whose functions have done their jobs, by the names of the templates."""

    stack: Stack
    jobs: dict[str, Job]


def jobs_of(stack: Stack) -> dict[str, Job]:
    """Every function that does its job here, and one of a witness; each is listened to."""
    beside = stack.witnesses[0].function
    roots = [
        (load(ROOT / "template.yaml", {"Site": SITE}), list(stack.functions.values())),
        (load(ROOT / "infra" / "witness.yaml", WITNESS, stack="witness1"), [beside]),
    ]
    # As when they start: what another deployment of this process read is none of this one's.
    for handler in (add_contribution, cosign, publish_checkpoint):
        handler.compose.cache_clear()
    jobs = {}
    for root, running in roots:
        by_name = {each.physical_name: each for each in running}
        resolver = Resolver(Services(stack.endpoint_url).values(root, host="127.0.0.1"))
        for resource in walk(root):
            if resource.type == "AWS::Serverless::Function" and resource.logical_id not in ELSEWHERE:
                function = by_name[physical_name(resource)]
                job = Job(function, resource, tuple(grants_of(resource, resolver)))
                listen(function, job.heard)
                jobs[resource.logical_id] = job
    return jobs


def begin(stack: Stack) -> None:
    """Before anything is published: what is missing is missing, which a role must let a function see."""
    report = Contribution("none", week_of(datetime.now(UTC)), secrets.token_hex(16), 0, 1)
    assert post(stack, "/contributions", report.to_bytes()).status_code == 404
    assert httpx.get(f"{stack.url}/consent/receipts/{'0' * 64}").status_code == 404
    assert stack.invoke("make_release", {"task": "none", "period": report.period})["releases"] == []
    assert stack.invoke("propose_model", {})["proposal"] is None
    agency_jobs.begin(stack)
    # Who publishes asks the log what stands, and there is no log yet.
    early = Asked(f"{int(time.time())}-{secrets.token_hex(4)}", stack.outputs["Controller"], SITE, Kill(None))
    record = {"messageId": "one", "body": early.to_bytes().decode()}
    # Nobody ordered it yet, and then somebody did.
    stack.invoke("publish_bundle", {"Records": [record]})
    lost_orders.enter(stack, early)
    stack.invoke("publish_bundle", {"Records": [record]})
    assert httpx.get(f"{stack.witnesses[0].url}/key").status_code == 200
    assert httpx.get(f"{stack.url}/health").status_code == 200


def half_publish(stack: Stack) -> None:
    """A publisher died after it kept what it was about to replace: the next one finds it there."""
    s3, bucket = stack.client("s3"), stack.outputs["LedgerBucket"]
    standing = s3.get_object(Bucket=bucket, Key="ledger/checkpoint")["Body"].read()
    size = standing.decode().split("\n")[1]
    s3.put_object(Bucket=bucket, Key=f"ledger/checkpoints/{size}", Body=standing)


def choose_and_erase(stack: Stack) -> None:
    """Choices are recorded, one of them twice; proven; erased by the citizen, and half-way by a function."""
    half_publish(stack)
    requests = [consent_request() for _ in range(2)]
    entries = []
    for request in (*requests, requests[0]):
        answer = post(stack, "/consent/events", request.to_bytes())
        assert answer.status_code == 202, answer.text
        entries.append(ConsentAccepted.from_bytes(answer.content).entry)
        wait_for_proof(stack, entries[-1])
    asked = (entries[0],)
    signed = SubjectAuthority(device_signer().key.public_key, device_signer().sign(signed_bytes(asked)))
    for _ in range(2):
        erased = post(stack, "/consent/erasures", EraseRecords(asked, signed).to_bytes())
        assert erased.status_code == 202
    assert post(stack, "/consent/events", requests[0].to_bytes()).status_code == 202
    # Left half-way, once with something to destroy and once after somebody else destroyed it.
    register = DynamoErasures(stack.outputs["ErasureTable"], dynamodb_client=stack.client("dynamodb"))
    for entry in (entries[1], entries[0]):
        register.begin(OpenErasure(secrets.token_bytes(16), (entry,), int(time.time())))
        # The clock's own call may be first.
        stack.invoke("finish_erasures", {})
        assert register.unfinished(1) == ()


def learn_and_count(loop: Loop) -> None:
    """Of logged weeks a model is made, and decided on; devices contribute, and a week is released."""
    for period in ("2026-W01", "2026-W02"):
        put_release(loop, "smallville-moves-0", period, release_of(period))
    first, again = (loop.stack.invoke("propose_model", {}) for _ in range(2))
    assert first["proposal"] is not None, first["why"]
    assert first["proposal"] == again["proposal"]
    loop.deployed.decide(Step.REJECTED, first["proposal"], key=loop.keys[0])
    said = sign_statement(Statement(SITE, Step.REJECTED, "0" * 64, "0" * 64), read_key(loop.keys[0]))
    assert "refused" in loop.stack.invoke("decide_model", {"statement": said.to_bytes().decode()})
    (task,) = parse_tasks(loop.file("tasks.json"))
    week = week_of(datetime.now(UTC))
    for at in range(4):
        # Each comes to an instance that knows no task yet.
        add_contribution.compose.cache_clear()
        report = Contribution(task.task_id, week, secrets.token_hex(16), at, at + 1).to_bytes()
        assert {post(loop.stack, "/contributions", report).status_code for _ in range(2)} == {202}
    for _ in range(2):
        assert loop.stack.invoke("make_release", {"task": task.task_id, "period": week})["refused"] == []


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """Every job, done from the beginning."""
    jobs: dict[str, Job] = {}

    def before(stack: Stack) -> None:
        jobs.update(jobs_of(stack))
        begin(stack)

    with started(tmp_path_factory.mktemp("jobs"), before) as loop:
        choose_and_erase(loop.stack)
        learn_and_count(loop)
        agency_jobs.do_all(loop.stack, loop.state, loop.file("catalogue.json"))
        lost_orders.send_again(loop.stack)
        yield Done(loop.stack, jobs)


def test_no_role_grants_what_its_function_never_uses(done: Done) -> None:
    """Each action on each resource, and each kind of row, was used by a job that came to its end."""
    assert {*done.jobs, *ELSEWHERE} == {each.logical_id for each in functions()}
    found = {name: unused(job.grants, job.heard) for name, job in done.jobs.items()}
    assert {name: rights for name, rights in found.items() if rights} == {}


def test_no_function_uses_what_its_role_does_not_grant(done: Done) -> None:
    """What AWS would ask for is granted by the template itself, beside what is enforced here."""
    for name, job in done.jobs.items():
        assert bool(job.heard) is (name != "HealthFunction")
        lacking = {use for use in job.heard if not any(grant.covers(use) for grant in job.grants)}
        assert lacking == set(), name


def test_a_right_too_many_is_found(done: Done) -> None:
    """Another action, the same one elsewhere, and another kind of row."""
    job = done.jobs["ReadReceiptFunction"]
    (row,) = {grant for grant in job.grants if grant.action == "dynamodb:GetItem"}
    many = [
        Grant("dynamodb:PutItem", row.resource, row.rows),
        Grant("s3:GetObject", "arn:aws:s3:::elsewhere/*"),
        Grant(row.action, row.resource, ("head", *row.rows)),
    ]
    for each in many:
        assert len(unused((*(grant for grant in job.grants if grant != row), each), job.heard)) >= 1, each


def test_a_right_too_few_is_denied(done: Done) -> None:
    """A function whose role lacks one action of its job fails at it, until it has it again."""
    job = done.jobs["ReadReceiptFunction"]
    iam = Services(done.stack.endpoint_url).client("iam")
    user = physical_name(role_of(job.resource))
    (name,) = iam.list_user_policies(UserName=user)["PolicyNames"]
    policy = iam.get_user_policy(UserName=user, PolicyName=name)["PolicyDocument"]
    less = {
        **policy,
        "Statement": [each for each in policy["Statement"] if each["Action"] != "dynamodb:GetItem"],
    }
    assert len(less["Statement"]) == len(policy["Statement"]) - 1
    address = f"{done.stack.url}/consent/receipts/{'0' * 64}"
    for document, status in ((less, 500), (policy, 404)):
        iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=json.dumps(document))
        assert httpx.get(address).status_code == status
