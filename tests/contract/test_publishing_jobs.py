"""On a whole stack: an agency's jobs, through the queue, under the function's own role, to a bundle that
devices take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consent_ledger import canonical
from consent_ledger.ed25519 import verify_claims
from edge_client.bundle import Pins, Trust, check_bundle, open_bundle
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import FileEntry
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.publish_bundle.store import S3Files
from lambdas.shared.publishing.bundle_files import read_files
from lambdas.shared.publishing.job import BringModel, Job, Kill, Publish, Revive, RollBack
from lambdas.shared.publishing.live_bundle import live_bundle, path_of_bundle
from lambdas.shared.publishing.snapshot import Snapshot
from lambdas.shared.publishing.stopping import is_stopped
from lambdas.shared.standing import bundles_since
from nearside.commands.publish import publish
from nearside.deployment import Deployment
from nearside.local.stack import Stack, local_stack
from tests.support import city
from tests.support.lost_orders import Lost, enter
from tests.support.publishing_jobs import AGENCY, PROPOSAL, MemoryFiles, Office, rules_with

pytestmark = pytest.mark.stack

SITE = city.SITE
PATIENCE_S = 60


class Desk:
    """An agency at its deployment: it keeps files, gives jobs, and looks what became of them."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.deployment = Deployment.of(stack)
        self.drafts = Office(city.City(folder))
        self.s3 = stack.client("s3")
        self.bucket = stack.outputs["AgencyBucket"]
        self.files = S3Files(self.s3, self.bucket)
        self.jobs = 0

    def put(self, data: bytes) -> FileEntry:
        """Keep a file under its hash."""
        entry = MemoryFiles().put(data)
        key = f"agencies/{AGENCY}/{SITE}/files/{entry.sha256}"
        if self.files.file(AGENCY, SITE, sha256=entry.sha256, size_bytes=len(data)) is None:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=data, IfNoneMatch="*")
        return entry

    def snapshot(self, contents: dict[str, bytes], **wrong: FileEntry) -> Publish:
        """Keep files and the list of them; `wrong` entries of it are others than are kept."""
        listed = {**{name: self.put(data) for name, data in contents.items()}, **wrong}
        return Publish(self.put(Snapshot(AGENCY, SITE, listed).to_bytes()).sha256, PROPOSAL)

    def job(self, asked: Any, *, agency: str = AGENCY, site: str = SITE) -> Job:
        """A job of its own."""
        self.jobs += 1
        return Job(f"{city.NOW_S}-{self.jobs:08x}", agency, site, asked, self.jobs)

    def give(self, job: Job) -> None:
        """Order a job, and put it in the queue."""
        enter(self.stack, job)
        sqs = self.stack.client("sqs")
        sqs.send_message(QueueUrl=self.stack.outputs["JobQueueUrl"], MessageBody=job.to_bytes().decode())

    def settled(self, job: Job) -> Done | RefusedJob:
        """What became of a job, once something did."""
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            if (raw := self.files.result(job)) is not None:
                return read_result(raw)
            time.sleep(0.1)
        raise AssertionError("nothing became of the job")

    def done(self, asked: Any) -> Done:
        """Have a job done."""
        job = self.job(asked)
        self.give(job)
        made = self.settled(job)
        assert isinstance(made, Done), made
        return made

    def refused(self, asked: Any, **changes: str) -> str:
        """Have a job refused, and say why."""
        job = self.job(asked, **changes)
        self.give(job)
        made = self.settled(job)
        assert isinstance(made, RefusedJob), made
        return made.why

    def opened(self) -> Any:
        """The live bundle, by the device's own checks."""
        keys = self.deployment.keys()
        trust = Trust(SITE, keys.bundles[0], keys.log_keys())
        raw = self.deployment.shelf.read(path_of_bundle(SITE))
        assert raw is not None
        found = check_bundle(raw, trust=trust, pins=Pins(), now=int(time.time()))
        verify_claims(found.claims)
        return open_bundle(found, read_files(self.deployment.shelf, found.manifest).by_name)

    def live(self) -> PublishedBundle:
        """The live bundle, as whoever publishes finds it."""
        deployment = self.deployment
        bundle = live_bundle(deployment.shelf, SITE, log=deployment.log, keys=deployment.keys())
        assert bundle is not None
        return bundle

    def logged(self) -> list[int]:
        """The versions of the site in the public log."""
        trusted = self.deployment.keys().log_keys()
        held = bundles_since(0, site=SITE, storage=self.deployment.ledger, trusted=trusted)
        return [leaf.version for _, leaf in held]

    def returned(self, body: str) -> int:
        """How many messages the function gives back of one with this body."""
        record = {"messageId": "one", "body": body}
        return len(self.stack.invoke("publish_bundle", {"Records": [record]})["batchItemFailures"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A deployment with two agencies, a site each."""
    folder = tmp_path_factory.mktemp("jobs")
    sites = f"{AGENCY}:{SITE},elsewhere:elsewhere"
    with local_stack(folder / "state", parameters={"Site": SITE, "AgencySites": sites}) as running:
        yield Desk(running, folder / "city")


def test_jobs_become_bundles_that_devices_take(desk: Desk) -> None:
    """Published, published again, gone back from, stopped and revived: one version for each, and none for a
    job that is delivered twice or refused."""
    first = desk.snapshot(desk.drafts.with_model(b"first"))
    job = desk.job(first)
    for _ in range(2):
        desk.give(job)
    made = desk.settled(job)
    assert isinstance(made, Done)
    assert (made.version, made.manifest) == (1, desk.live().manifest_hash.hex())
    assert desk.opened().manifest.version == 1
    assert desk.returned(job.to_bytes().decode()) == 0

    desk.done(desk.snapshot(desk.drafts.drafts(rules=rules_with(keep_days=30))))
    assert desk.opened().rules.keep_days == 30
    assert desk.done(RollBack(1)).version == 3
    assert desk.opened().rules.keep_days == 90
    desk.done(Kill(None))
    assert not any(page.startswith("/") for slot in desk.opened().rules.slots for page in slot.pages)
    assert desk.done(Revive()).version == 5
    assert desk.opened().rules.to_bytes() == city.rules()

    assert "not this agency's" in desk.refused(first, agency="elsewhere")
    assert "not about that proposal" in desk.refused(BringModel("0" * 64))
    assert "another" in desk.refused(Publish("0" * 64, PROPOSAL))
    poisoned = replace(desk.put(b"{}"), size_bytes=3)
    assert "rules.json is not the file" in desk.refused(
        desk.snapshot(desk.drafts.with_model(), **{"rules.json": poisoned})
    )
    assert desk.logged() == [1, 2, 3, 4, 5]
    assert desk.live().manifest.version == 5


def test_what_was_never_sent_is_done_all_the_same(desk: Desk) -> None:
    """The message was lost after the order was written: the clock's function sends it under its own role, a
    stop by the queue of stops; what is done is forgotten."""
    lost = Lost(desk.stack, AGENCY, SITE)
    desk.done(desk.snapshot(desk.drafts.with_model(b"lost")))
    for asked in (Kill(None), Revive()):
        job = desk.job(asked)
        lost.order(job)
        lost.run()
        assert lost.became(job).version is not None
    lost.run()
    assert lost.waiting() == 0
    lost.run()


def by_hand(desk: Desk, *more: str) -> str:
    """Have the deployer publish the city's files by the command; return what it says."""
    made = desk.drafts.city
    made.files(b"by hand")
    folder = made.folder / "by-hand"
    (folder / "notices").mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.json").write_bytes(city.catalogue().to_bytes())
    (folder / "rules.json").write_bytes(city.rules())
    (folder / "notices" / "en.json").write_bytes(canonical.encode(city.notice_value()))
    options = {
        "--catalogue": folder / "catalogue.json",
        "--rules": folder / "rules.json",
        "--notices": folder / "notices",
        "--model": made.folder,
        "--state": made.folder.parent / "state",
    }
    arguments = [str(each) for option in options.items() for each in option]
    ran = CliRunner().invoke(publish, [*arguments, *more], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_what_is_stopped_stays_so_when_the_deployer_publishes(desk: Desk) -> None:
    """By hand, from files that know of no stop; also what was stopped before it was there. Told to revive it
    lets all of it go on, and nothing of it comes back by a later job."""
    desk.done(desk.snapshot(desk.drafts.drafts()))
    desk.done(Kill(("home",)))
    assert "no slot of that name" in desk.refused(Kill(("later",)))
    assert "silent, as it was stopped: home; --revive ends it" in by_hand(desk)
    assert [is_stopped(slot) for slot in desk.opened().rules.slots] == [True, False]
    assert "silent" not in by_hand(desk, "--revive")
    assert desk.opened().rules.to_bytes() == city.rules()
    later = city.rules().replace(b'"slot":"related"', b'"slot":"later"')
    desk.done(desk.snapshot(desk.drafts.drafts(rules=later)))
    assert desk.opened().rules.to_bytes() == later


def test_of_many_who_replace_an_object_one_does(desk: Desk) -> None:
    """What the bundle's next version, and what is to stay silent, rest upon: of those who read the same, one
    writes, first and last."""
    shelf, path = desk.deployment.shelf, f"nearside/{SITE}/replaced.json"
    before: bytes | None = None
    for turn in range(3):
        made = [f"{turn} {each}".encode() for each in range(6)]

        def put(data: bytes, before: bytes | None = before) -> bool:
            return shelf.replace(path, data, before=before)

        with ThreadPoolExecutor(len(made)) as pool:
            done = list(pool.map(put, made))
        assert done.count(True) == 1
        before = shelf.read(path)
        assert before == made[done.index(True)]
    assert not shelf.replace(f"{path}.none", b"x", before=b"y")


def test_stops_of_one_moment_are_all_remembered(desk: Desk) -> None:
    """Whoever writes at the same time: none is lost."""
    jobs = [desk.job(Kill((f"slot-{each}",)), site="elsewhere", agency="elsewhere") for each in range(4)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(desk.files.renew, jobs))
    assert desk.files.newest(jobs[0]).stops.slots == {f"slot-{each}" for each in range(4)}


def test_a_message_that_nobody_ordered_comes_to_nothing(desk: Desk) -> None:
    """A proposal's own files, a revival later than any stop, an order's id with another number: each is given
    back, and a job is done once it is ordered."""
    first = desk.snapshot(desk.drafts.with_model(b"made up"))
    made_up = [desk.job(first), replace(desk.job(Revive()), number=10**12), desk.job(Kill(("nowhere",)))]
    before = desk.logged(), desk.files.newest(made_up[0])
    assert [desk.returned(job.to_bytes().decode()) for job in made_up] == [1, 1, 1]
    assert [desk.files.result(job) for job in made_up] == [None, None, None]
    ordered = made_up[2]
    enter(desk.stack, ordered)
    assert desk.returned(replace(ordered, number=10**12).to_bytes().decode()) == 1
    assert (desk.logged(), desk.files.newest(ordered)) == before
    assert desk.returned(ordered.to_bytes().decode()) == 0
    assert desk.files.result(ordered) is not None


@pytest.mark.parametrize(
    "body", ["", "pending", "{}", '{"act":"kill"}', canonical.encode({"v": 1, "act": "erase"}).decode()]
)
def test_what_cannot_be_read_is_given_back(desk: Desk, body: str) -> None:
    """It has no place for an answer, and ends among the dead letters."""
    assert desk.returned(body) == 1
