"""What leaves name is there for everybody, over HTTP, in exactly the bytes whose hash is in the log."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from consent_ledger import documents
from consent_ledger.errors import Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import BundleLeaf, KeysLeaf, NoticeLeaf, TaskLeaf, hash_of
from consent_ledger.note import Note
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import Opening
from demo.play import stage_on
from demo.stage import is_outdated
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.contribution import Contribution
from edge_client.wire.manifest import Manifest
from edge_client.wire.task import parse_tasks
from lambdas.add_contribution.handler import FRESH_S
from lambdas.shared.ledger_documents import S3Documents
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.device_code import name_of_runtime
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import Published, publish
from nearside.cli import main
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from nearside.publishing import gather
from tests.support import city, patient
from tests.support.ageing import ageing
from tests.support.deployed import consent_request, post, wait_for_proof

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack

IMMUTABLE = "public, max-age=31536000, immutable"
WORKER, WHEEL = b"worker", b"wheel" * 1000


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A deployment of the city's own site, whose bundle its functions read."""
    with local_stack(tmp_path / "state", parameters={"Site": city.SITE}) as running:
        yield running


def files(folder: Path, *, pairs: int = 4) -> BundleFiles:
    """The city's files; another number of pairs is another task."""
    (folder / "model.onnx").write_bytes(b"model")
    (folder / "model.json").write_bytes(city.card(b"model"))
    return gather(
        catalogue=city.catalogue().to_bytes(),
        rules=city.rules(),
        notices=[city.notice_value()],
        model=folder,
        terms=LearningTerms(pairs_per_week=pairs),
    )


def put_code(deployment: Deployment, *, say: bytes = b"") -> dict[str, bytes]:
    """Put a loader and its runtime on the shelf; return what devices run, by path."""
    parts = {"worker.js": WORKER + say, "edge_client.whl": WHEEL}
    runtime = name_of_runtime({path: hashlib.sha256(data).digest() for path, data in parts.items()})
    code = {f"runtime/{runtime}/{path}": data for path, data in parts.items()}
    code["loader.js"] = b'import("/nearside/runtime/%s/worker.js")' % runtime.encode()
    for path, data in code.items():
        deployment.shelf.write(f"nearside/{path}", data, immutable=path.startswith("runtime/"))
    return code


def published(stack: Stack, made: BundleFiles) -> Published:
    """Publish on the stack as its deployer does."""
    deployment = Deployment.of(stack)
    return publish(
        made,
        shelf=deployment.shelf,
        signer=deployment.agency_signer(),
        log=deployment.log,
        keys=deployment.keys(),
        now=int(time.time()),
    )


def document(stack: Stack, digest: bytes) -> bytes:
    """Fetch a document as anybody does, and hold it against its name."""
    answer = patient.get(f"{stack.url}/ledger/{documents.path_of(digest)}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, IMMUTABLE)
    assert answer.headers["x-content-type-options"] == "nosniff"
    return documents.check(answer.content, digest)


def proof_of(stack: Stack, entry: bytes) -> str | None:
    answer = patient.get(f"{stack.url}/consent/receipts/{entry.hex()}")
    return answer.text if answer.status_code == 200 else None


def test_everything_a_publication_logs_can_be_fetched_and_holds(stack: Stack, tmp_path: Path) -> None:
    """Notice, task, keys, manifest; and through the manifest the code and the files that devices get."""
    code = put_code(Deployment.of(stack))
    made = files(tmp_path)
    done = published(stack, made)
    manifest = Manifest.parse(document(stack, bytes.fromhex(done.manifest_hash)).decode())
    assert manifest.code == {path: hashlib.sha256(data).hexdigest() for path, data in code.items()}
    for path, digest in manifest.code.items():
        assert hashlib.sha256(patient.get(f"{stack.url}/nearside/{path}").content).hexdigest() == digest
    loader = patient.get(f"{stack.url}/nearside/{made.site}/files/{manifest.code['loader.js']}")
    assert loader.content == code["loader.js"]
    keys = document(stack, bytes.fromhex(manifest.keys))
    listed, trusted = KeyList.from_bytes(keys).log_keys(), stack.log_keys()
    assert (listed.origin, listed.keys, listed.quorum) == (trusted.origin, trusted.keys, trusted.quorum)
    assert set(listed.witnesses) == set(trusted.witnesses)
    assert (len(listed.witnesses), listed.quorum) == (3, 2)
    assert KeyList.from_bytes(keys).bundles == (Deployment.of(stack).agency_signer().key,)
    notice = hashlib.sha256(city.notice().words).digest()
    assert document(stack, notice) == city.notice().words
    (task,) = made.tasks
    named = hashlib.sha256(task.to_bytes()).digest()
    assert document(stack, named) == task.to_bytes()
    tasks = document(stack, bytes.fromhex(manifest.files["tasks.json"].sha256))
    assert parse_tasks(tasks) == made.tasks
    bundle = BundleLeaf(made.site, done.version, bytes.fromhex(done.manifest_hash))
    for leaf in (
        NoticeLeaf(notice),
        TaskLeaf(task.task_id, named),
        KeysLeaf(bytes.fromhex(manifest.keys)),
        bundle,
    ):
        assert proof_of(stack, hash_of(leaf)) is not None
    assert (done.documents, done.code_files, done.keys_hash) == (5, 3, manifest.keys)


def test_publishing_again_logs_only_what_changed(stack: Stack, tmp_path: Path) -> None:
    """Unchanged keys, notices and code are what they were; the manifest follows the one before it."""
    deployment = Deployment.of(stack)
    put_code(deployment)
    first = published(stack, files(tmp_path))
    again = published(stack, files(tmp_path))
    manifests = [
        Manifest.parse(document(stack, bytes.fromhex(done.manifest_hash)).decode()) for done in (first, again)
    ]
    assert manifests[1].previous == first.manifest_hash
    assert (manifests[0].code, manifests[0].keys) == (manifests[1].code, manifests[1].keys)
    put_code(deployment, say=b" anew")
    third = published(stack, files(tmp_path))
    manifest = Manifest.parse(document(stack, bytes.fromhex(third.manifest_hash)).decode())
    assert manifest.code["loader.js"] != manifests[0].code["loader.js"]
    assert len(manifest.code) == 3  # the runtime before is on the shelf still, and not in force
    old = patient.get(f"{stack.url}/nearside/{city.SITE}/files/{manifests[0].code['loader.js']}")
    assert hashlib.sha256(old.content).hexdigest() == manifests[0].code["loader.js"]


def test_the_demo_knows_when_its_bundle_no_longer_names_its_code(stack: Stack, tmp_path: Path) -> None:
    """A runtime built anew is in force at once, and the demo then publishes the next bundle."""
    deployment = Deployment.of(stack)
    stage = stage_on(stack, work=tmp_path, console=Console(file=io.StringIO()))
    assert not is_outdated(stage, "nowhere")
    put_code(deployment, say=b" today")
    published(stack, files(tmp_path))
    assert not is_outdated(stage, city.SITE)
    put_code(deployment, say=b" tomorrow")
    assert is_outdated(stage, city.SITE)
    published(stack, files(tmp_path))
    assert not is_outdated(stage, city.SITE)


def test_a_document_that_is_not_there_is_not_kept_as_missing(stack: Stack) -> None:
    """Between a question too early and the answer lies no year."""
    digest = secrets.token_bytes(32)
    answer = patient.get(f"{stack.url}/ledger/{documents.path_of(digest)}")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_what_lies_in_a_documents_place_cannot_be_published_over(stack: Stack) -> None:
    """Whoever put other bytes there first is found out by the next publication, before the leaf."""
    deployment = Deployment.of(stack)
    text = secrets.token_bytes(20).hex().encode()
    digest = hashlib.sha256(text).digest()
    key = f"ledger/{documents.path_of(digest)}"
    stack.client("s3").put_object(Bucket=stack.outputs["LedgerBucket"], Key=key, Body=b"something else")
    with pytest.raises(Untrue, match="something else is served"):
        deployment.log((NoticeLeaf(digest),), (text,))
    assert proof_of(stack, hash_of(NoticeLeaf(digest))) is None


def test_a_leaf_is_not_logged_without_its_document(stack: Stack) -> None:
    """The deployer's own door refuses it."""
    with pytest.raises(Untrue, match="not here"):
        Deployment.of(stack).log((NoticeLeaf(secrets.token_bytes(32)),))


def test_a_key_that_is_not_in_force_publishes_nothing(stack: Stack, tmp_path: Path) -> None:
    """An auditor never meets a bundle signed by a key that nobody listed."""
    deployment = Deployment.of(stack)
    with pytest.raises(Refused, match="not among the keys in force"):
        publish(
            files(tmp_path),
            shelf=deployment.shelf,
            signer=deployment.agency_signer(),
            log=deployment.log,
            keys=replace(deployment.keys(), bundles=()),
            now=int(time.time()),
        )


def test_documents_are_put_once_and_typed(stack: Stack) -> None:
    """JSON says so, a manifest is text, and a second writer changes nothing."""
    shelf = S3Documents(stack.client("s3"), stack.outputs["LedgerBucket"])
    for text, kind in (
        (b'{"a":1}', "application/json"),
        (b"nearside bundle x\n", "text/plain; charset=utf-8"),
    ):
        data = text + secrets.token_hex(8).encode()
        assert (shelf.put(data), shelf.put(data)) == (True, False)
        digest = hashlib.sha256(data).digest()
        assert (shelf.read(digest), document(stack, digest)) == (data, data)
        answer = patient.get(f"{stack.url}/ledger/{documents.path_of(digest)}")
        assert answer.headers["content-type"] == kind
    assert shelf.read(bytes(32)) is None


def test_functions_believe_no_bundle_that_the_agency_did_not_sign(own_stack: Stack, tmp_path: Path) -> None:
    """Whoever can write to the bucket and has no key announces a task: nobody adds to it or releases it."""
    shelf, site = Deployment.of(own_stack).shelf, city.SITE
    made = files(tmp_path)
    published(own_stack, made)
    live = PublishedBundle.from_bytes(shelf.read(f"nearside/{site}/bundle.json") or b"")
    (task,) = made.tasks
    report = Contribution.nothing(task.task_id, period="2020-W01", report_id="0" * 32).to_bytes()

    def answer() -> int:
        headers = {"content-type": "application/json"}
        return patient.post(f"{own_stack.url}/contributions", content=report, headers=headers).status_code

    with ageing() as pass_by:
        assert answer() == 409  # the task is known, and 2020 is over
        thief = sign_manifest(live.manifest, own_stack.ledger_signer())
        as_agency = Note(thief.text, (replace(thief.signatures[0], **line_of(live.note)),))
        for note in (thief, as_agency):
            forged = replace(live, note=note)
            shelf.write(f"nearside/{site}/bundle.json", forged.to_bytes(), immutable=False)
            with pytest.raises(Untrue):
                own_stack.invoke("make_release", {})
        assert answer() == 409  # an instance goes by what it read for as long
        pass_by(FRESH_S + 0.5)
        assert answer() == 422


def test_a_copy_of_the_log_tells_what_was_published_and_which_tasks_are_live(
    own_stack: Stack, tmp_path: Path
) -> None:
    """Two bundles, a release between them: mirrored and audited offline, nothing is missing or wrong."""
    put_code(Deployment.of(own_stack))
    first, second = files(tmp_path), files(tmp_path, pairs=5)
    published(own_stack, first)
    # Counts of people of whom nobody had consented would be a finding.
    asked = consent_request(purpose=Purpose.LEARN, notice_hash=hashlib.sha256(city.notice().words).digest())
    assert post(own_stack, "/consent/events", asked.to_bytes()).status_code == 202
    wait_for_proof(own_stack, Opening(asked.record, asked.salt, asked.signature).entry())
    week = week_of(datetime.now(UTC))
    report = Contribution(first.tasks[0].task_id, week, secrets.token_hex(16), 1, 2)
    headers = {"content-type": "application/json"}
    sent = patient.post(f"{own_stack.url}/contributions", content=report.to_bytes(), headers=headers)
    assert sent.status_code == 202
    made = own_stack.invoke("make_release", {"task": report.task, "period": week})
    assert (len(made["releases"]), made["refused"]) == (1, [])
    published(own_stack, second)
    trusted = own_stack.log_keys()
    keys = ["--log-key", str(trusted.keys[0]), "--quorum", str(trusted.quorum)]
    keys += [part for witness in trusted.witnesses for part in ("--witness", str(witness))]
    copy = str(tmp_path / "copy")
    mirrored = CliRunner().invoke(main, ["ledger", "mirror", f"{own_stack.url}/ledger", copy, *keys])
    assert mirrored.exit_code == 0, mirrored.output
    audited = CliRunner().invoke(main, ["ledger", "audit", copy, *keys, "--format", "json"])
    assert audited.exit_code == 0, audited.output
    answers = {each["number"]: each for each in json.loads(audited.stdout)["answers"]}
    named = answers[8]["rows"]
    assert sorted(row[1] for row in named) == ["budget", "bundle", "bundle", "keys", "notice", "task", "task"]
    live = [row[1] for row in answers[10]["rows"] if row[0] == "task"]
    assert live == [second.tasks[0].task_id]


def line_of(note: Note) -> dict[str, object]:
    """Name and key id of a note's one signature."""
    (line,) = note.signatures
    return {"name": line.name, "key_id": line.key_id}
