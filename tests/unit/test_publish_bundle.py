"""The function that publishes: one job is one bundle, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from consent_ledger.leaf import Leaf
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.rules import Rules
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.shared.publishing.bundle_files import read_files
from lambdas.shared.publishing.job import Job, Kill, Revive, RollBack
from lambdas.shared.publishing.live_bundle import NotInTime, live_bundle
from lambdas.shared.standing import bundles_since
from tests.support.city import NOW_S, SITE, City, CityLog, rules
from tests.support.publishing_jobs import AGENCY, MemoryFiles, Office, rules_with

STEPS = 40
"""More than a job writes anything."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(City(tmp_path))


def live(office: Office) -> PublishedBundle:
    city = office.city
    bundle = live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)
    assert bundle is not None
    return bundle


def live_rules(office: Office) -> Rules:
    return Rules.parse(read_files(office.city.shelf, live(office).manifest).by_name["rules.json"])


def logged(office: Office) -> list[int]:
    """The versions of the site that the public log holds, in its order."""
    city = office.city
    trusted = city.keys.log_keys()
    return [leaf.version for _, leaf in bundles_since(0, site=SITE, storage=city.ledger, trusted=trusted)]


def done(office: Office, job: Job) -> Done:
    made = office.service().do(job)
    assert isinstance(made, Done), made
    return made


def refused(office: Office, job: Job) -> str:
    made = office.service().do(job)
    assert isinstance(made, RefusedJob), made
    assert read_result(office.files.result(job) or b"") == made
    return made.why


def test_a_snapshot_becomes_the_next_bundle(office: Office) -> None:
    """Its files byte for byte, and what became of the job is written where its agency looks."""
    contents = office.with_model()
    job = office.job(office.snapshot(contents))
    made = done(office, job)
    bundle = live(office)
    assert (made.version, made.manifest) == (1, bundle.manifest_hash.hex())
    assert (made.leaf, made.at) == (bundle.proof.index, NOW_S)
    published = read_files(office.city.shelf, bundle.manifest).by_name
    assert {name: published[name] for name in contents} == contents
    assert read_result(office.files.kept[f"{AGENCY}/{SITE}/jobs/{job.id}"]) == made


def test_without_a_model_the_one_that_is_live_stays(office: Office) -> None:
    """And with it what belongs to it, byte for byte, while the pages are the same."""
    done(office, office.job(office.snapshot(office.with_model(b"first"))))
    changed = rules_with(keep_days=30)
    assert done(office, office.job(office.snapshot(office.drafts(rules=changed)))).version == 2
    files = read_files(office.city.shelf, live(office).manifest).by_name
    assert (files["model.onnx"], files["rules.json"]) == (b"first", changed)


def test_a_job_delivered_again_is_done_already(office: Office) -> None:
    """One version, one result, also when other jobs were done in between."""
    first = office.job(office.snapshot(office.with_model()))
    made = done(office, first)
    done(office, office.job(office.snapshot(office.with_model(b"second"))))
    office.at += 60
    assert done(office, first) == made
    assert logged(office) == [1, 2]


def test_a_job_that_comes_late_undoes_nothing(office: Office) -> None:
    """Other files than were asked for since, or going on with what was stopped since, is refused. A stop is
    never too late, and a stop makes no files late."""
    done(office, office.job(office.snapshot(office.with_model())))
    late, early = office.job(office.snapshot(office.with_model(b"old"))), office.job(Kill(("home",)))
    waiting = office.job(office.snapshot(office.with_model(b"new")))
    revive, kill = office.job(Revive()), office.job(Kill(None))
    done(office, kill)
    done(office, waiting)
    assert refused(office, late) == "job: what was asked for later counts"
    assert refused(office, revive) == "job: what was asked for later counts"
    assert read_files(office.city.shelf, live(office).manifest).by_name["model.onnx"] == b"new"
    assert done(office, early).version == 3
    newest = office.files.newest(early)
    assert (newest.files, newest.stop) == (waiting.turn, kill.turn)
    assert done(office, office.job(Revive())).version == 4


class Dead(Exception):
    """The machine stopped."""


@dataclass
class Steps:
    """Counts what is written, and stops the machine instead of one write, or right after it."""

    left: int
    after: bool = False

    def step(self, write: Callable[[], object]) -> object:
        """Write, or die."""
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Dead
        made = write()
        if self.left == 0:
            raise Dead
        return made


@dataclass
class DyingFiles(MemoryFiles):
    """A bucket at which the machine may stop."""

    steps: Steps = None  # type: ignore[assignment]  # given at once

    def begin(self, job: Job, begun: bytes, *, before: bytes | None) -> bool:
        return bool(self.steps.step(lambda: MemoryFiles.begin(self, job, begun, before=before)))

    def renew(self, job: Job) -> Newest:
        return cast(Newest, self.steps.step(lambda: MemoryFiles.renew(self, job)))

    def settle(self, job: Job, result: bytes) -> None:
        self.steps.step(lambda: MemoryFiles.settle(self, job, result))


@dataclass
class DyingShelf:
    """A shelf at which it may stop."""

    office: Office
    steps: Steps

    def read(self, path: str) -> bytes | None:
        return self.office.city.shelf.read(path)

    def paths(self, prefix: str) -> Iterable[str]:
        return self.office.city.shelf.paths(prefix)

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        self.steps.step(lambda: self.office.city.shelf.write(path, data, immutable=immutable))

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        return bool(self.steps.step(lambda: self.office.city.shelf.replace(path, data, before=before)))


@dataclass(frozen=True)
class DyingLog(CityLog):
    """A log at which it may stop."""

    steps: Steps

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        return str(self.steps.step(lambda: CityLog(self.city)(leaves, public)))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_step_leaves_one_bundle(tmp_path: Path, after: bool) -> None:
    """Whatever was written, the next delivery finishes it: one version of these files and no second one,
    also when another job came first."""
    for at in range(1, STEPS):
        office = Office(City(tmp_path / str(at)))
        done(office, office.job(office.snapshot(office.with_model())))
        job = office.job(office.snapshot(office.drafts(rules=rules_with(keep_days=30))))
        steps = Steps(at, after)
        dying = DyingFiles(office.files.kept, steps=steps)
        shelf, log = DyingShelf(office, steps), DyingLog(office.city, steps)
        try:
            office.service(files=dying, shelf=shelf, log=log).do(job)
        except Dead:
            pass
        else:
            break
        office.at += 60
        if at % 2:
            done(office, office.job(Kill(("home",))))
        made = done(office, job)
        versions = logged(office)
        assert versions == list(range(1, len(versions) + 1))
        assert len(versions) == (3 if at % 2 else 2)
        assert live(office).manifest.version == len(versions)
        assert read_result(office.files.result(job) or b"") == made
        assert live_rules(office).keep_days == 30
        assert done(office, job) == made
    else:
        raise AssertionError("the job writes more than that")
    assert at > 6


@dataclass(frozen=True)
class SlowLog(CityLog):
    """A log whose sequencer does not come in time."""

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        raise NotInTime("ledger: the sequencer did not publish in time")


def test_a_log_that_is_late_refuses_nothing(office: Office) -> None:
    """The job is to be delivered again, says nothing became of it, and is then done with once."""
    job = office.job(office.snapshot(office.with_model()))
    with pytest.raises(NotInTime):
        office.service(log=SlowLog(office.city)).do(job)
    assert office.files.result(job) is None
    assert done(office, job).version == 1
    assert logged(office) == [1]


def test_going_back_is_a_new_version_with_the_old_files(office: Office) -> None:
    """Devices refuse an older version; a version that was not, or is live, is nothing to go back to."""
    done(office, office.job(office.snapshot(office.with_model(b"good"))))
    done(
        office,
        office.job(office.snapshot({**office.with_model(b"bad"), "rules.json": rules_with(keep_days=9)})),
    )
    assert done(office, office.job(RollBack(1))).version == 3
    first, third = (read_files(office.city.shelf, each).by_name for each in manifests(office, 1, 3))
    assert first == third
    assert third["model.onnx"] == b"good"
    for version in (3, 4):
        assert "no earlier version" in refused(office, office.job(RollBack(version)))
    assert logged(office) == [1, 2, 3]


def manifests(office: Office, *versions: int) -> list[object]:
    from lambdas.shared.publishing.history import manifests as all_of

    found = {each.version: each for each in all_of(live(office), document=office.document)}
    return [found[version] for version in versions]


def test_killed_slots_come_back_as_they_were(office: Office) -> None:
    """One, then all; whatever is published or gone back to meanwhile stays silent until it is revived."""
    done(office, office.job(office.snapshot(office.with_model())))
    before = live_rules(office)
    done(office, office.job(Kill(("home",))))
    assert [slot.pages for slot in live_rules(office).slots] == [("stopped:/",), ()]
    assert done(office, office.job(Kill(("home",)))).version == 2
    done(office, office.job(Kill(None)))
    assert all(page.startswith("stopped:") for slot in live_rules(office).slots for page in slot.pages)
    done(office, office.job(office.snapshot(office.drafts())))
    done(office, office.job(RollBack(1)))
    assert all(page.startswith("stopped:") for slot in live_rules(office).slots for page in slot.pages)
    assert done(office, office.job(Revive())).version == 6
    assert live_rules(office) == before
    assert read_files(office.city.shelf, live(office).manifest).by_name["rules.json"] == rules()
    assert done(office, office.job(Revive())).version == 6
    assert "no slot of that name" in refused(office, office.job(Kill(("hero",))))


def test_nothing_can_be_stopped_before_there_is_a_bundle(office: Office) -> None:
    """Nor gone back to, nor revived."""
    for asked in (Kill(None), Revive(), RollBack(1)):
        assert refused(office, office.job(asked)).startswith("job: no bundle is live")


def test_files_that_are_not_sound_are_refused_by_name(office: Office) -> None:
    """What the deployer's command refuses, the function refuses: it is the same check."""
    broken = {**office.with_model(), "rules.json": rules_with(keep_days=0)}
    assert refused(office, office.job(office.snapshot(broken))).startswith("rules.json: ")
    assert logged(office) == []
