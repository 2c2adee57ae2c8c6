"""Publishers that are at it at once: of two one is signed, and the other builds upon that; a stop is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from consent_ledger.errors import Refused
from consent_ledger.leaf import Leaf
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Rules
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.result import Done, RefusedJob
from lambdas.shared.publishing.bundle_files import read_files
from lambdas.shared.publishing.job import Asked, BringModel, Job, Kill, Revive, RollBack
from lambdas.shared.publishing.live_bundle import NotInTime, live_bundle, path_of_bundle, path_of_note
from lambdas.shared.publishing.publication import publish
from lambdas.shared.publishing.stopping import is_stopped
from lambdas.shared.standing import bundles_since
from tests.support.city import SITE, City, CityLog, rules
from tests.support.drafting import city_files
from tests.support.publishing_jobs import AGENCY, MemoryFiles, Office

NOTE, BUNDLE = path_of_note(SITE), path_of_bundle(SITE)
FILES = f"nearside/{SITE}/files/"
HERO = rules().replace(b'"slot":"home"', b'"slot":"hero"')
"""The city's rules with another slot in the place of one."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(City(tmp_path))
    done(made, made.job(made.snapshot(made.with_model())))
    return made


@dataclass
class Meeting:
    """A shelf on which, just before a file is replaced or read, somebody else does what they are at."""

    office: Office
    path: str
    meets: Callable[[], object]
    met: bool = False

    def read(self, path: str) -> bytes | None:
        if self.path == FILES and path.startswith(FILES):
            self._meet()
        return self.office.city.shelf.read(path)

    def paths(self, prefix: str) -> Iterable[str]:
        return self.office.city.shelf.paths(prefix)

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        self.office.city.shelf.write(path, data, immutable=immutable)

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        if path == self.path:
            self._meet()
        return self.office.city.shelf.replace(path, data, before=before)

    def _meet(self) -> None:
        if not self.met:
            self.met = True
            self.meets()


@dataclass(frozen=True)
class AwayLog(CityLog):
    """A log that takes nothing in."""

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        raise NotInTime("ledger: the sequencer did not publish in time")


def done(office: Office, job: Job, shelf: Meeting | None = None) -> Done:
    made = office.service(shelf=shelf).do(job)
    assert isinstance(made, Done), made
    return made


def refused(office: Office, job: Job) -> str:
    made = office.service().do(job)
    assert isinstance(made, RefusedJob), made
    return made.why


def meeting(office: Office, path: str, job: Job) -> Meeting:
    """Somebody else does this job just before."""
    return Meeting(office, path, lambda: office.service().do(job))


def live_files(office: Office) -> dict[str, bytes]:
    city = office.city
    bundle = live_bundle(city.shelf, SITE, log=city.log, keys=city.keys)
    assert bundle is not None
    return {**read_files(city.shelf, bundle.manifest).by_name}


def silent(office: Office) -> dict[str, bool]:
    """Every slot that is live, and whether it is silent."""
    found = Rules.parse(live_files(office)["rules.json"]).slots
    return {slot.slot: is_stopped(slot) for slot in found}


def logged(office: Office) -> list[int]:
    city = office.city
    trusted = city.keys.log_keys()
    return [leaf.version for _, leaf in bundles_since(0, site=SITE, storage=city.ledger, trusted=trusted)]


@pytest.mark.parametrize(
    "path", [FILES, NOTE, BUNDLE], ids=["while it is made", "before it is signed", "before it is served"]
)
def test_a_publication_takes_no_stop_back_that_came_meanwhile(office: Office, path: str) -> None:
    """The site is stopped while other files are published: they are published, and silent; versions follow
    one another, and what is served is the last of them."""
    publish, kill = office.job(office.snapshot(office.with_model(b"new"))), office.job(Kill(None))
    made = done(office, publish, meeting(office, path, kill))
    assert all(silent(office).values())
    assert live_files(office)["model.onnx"] == b"new"
    assert logged(office) == [1, 2, 3]
    assert made.version == (2 if path == BUNDLE else 3)


def test_a_stop_that_meets_a_publication_stops_what_that_brought(office: Office) -> None:
    """Whichever of them is slower."""
    publish, kill = office.job(office.snapshot(office.with_model(b"new"))), office.job(Kill(None))
    assert done(office, kill, meeting(office, NOTE, publish)).version == 2
    assert all(silent(office).values())
    assert live_files(office)["model.onnx"] == b"new"


@pytest.mark.parametrize("path", [NOTE, BUNDLE], ids=["before it is signed", "before it is served"])
def test_one_job_that_is_delivered_twice_at_once_is_one_bundle(office: Office, path: str) -> None:
    """The same message to two machines, a second apart: one version, and both say which."""
    job = office.job(office.snapshot(office.with_model(b"new")))
    others: list[object] = []

    def meets() -> None:
        office.at += 1
        others.append(office.service().do(job))

    made = done(office, job, Meeting(office, path, meets))
    assert others == [office.service().do(job)]
    assert made.version == 2
    assert logged(office) == [1, 2]


WHEN = ["while it is made", "before it is signed", "before it is served"]


@pytest.mark.parametrize("path", [FILES, NOTE, BUNDLE], ids=WHEN)
def test_of_two_publications_the_one_that_was_asked_for_later_is_live(office: Office, path: str) -> None:
    """Whichever meets the other: what is live is the later one's, and the earlier one is below it or refused
    from the moment at which the later one is about to be signed."""
    earlier, later = (office.job(office.snapshot(office.with_model(name))) for name in (b"one", b"two"))
    whats: list[Done | RefusedJob] = []
    done(office, later, Meeting(office, path, lambda: whats.append(office.service().do(earlier))))
    assert live_files(office)["model.onnx"] == b"two"
    assert [isinstance(each, Done) for each in whats] == [path == FILES]
    assert whats == [office.service().do(earlier)]

    earlier, later = (office.job(office.snapshot(office.with_model(name))) for name in (b"three", b"four"))
    made = office.service(shelf=meeting(office, path, later)).do(earlier)
    assert live_files(office)["model.onnx"] == b"four"
    assert isinstance(made, Done) == (path == BUNDLE)
    assert logged(office) == list(range(1, len(logged(office)) + 1))


@pytest.mark.parametrize("asked", ["publication", "way back", "model"])
def test_what_waits_is_not_brought_on_top_of_what_was_asked_for_later(office: Office, asked: str) -> None:
    """The attack: it was ordered, waits, and is vetoed and stopped; what is harmless is ordered, and signed
    while the log is away. Sent again, what was vetoed is refused, and a revival lets the harmless go on."""
    vetoed = office.job(office.snapshot(office.with_model(b"vetoed")))
    done(office, office.job(Kill(None)))
    kinds: dict[str, Asked] = {
        "publication": office.snapshot(office.with_model(b"harmless")),
        "way back": RollBack(1),
        "model": BringModel("0" * 64),
    }
    harmless = office.job(kinds[asked])
    if asked == "model":
        # That is what is live already: nothing is signed for it.
        done(office, harmless)
    else:
        with pytest.raises(NotInTime):
            office.service(log=AwayLog(office.city)).do(harmless)
    assert "asked for later" in refused(office, vetoed)
    done(office, harmless)
    done(office, office.job(Revive()))
    assert not any(silent(office).values())
    assert live_files(office)["model.onnx"] == (b"harmless" if asked == "publication" else b"model")


def test_what_the_deployer_revives_is_not_what_waits(office: Office) -> None:
    """They publish by hand and let everything go on: what was ordered before the stop is refused when it
    comes, and what is ordered since is published."""
    vetoed = office.job(office.snapshot(office.with_model(b"vetoed")))
    kill = office.job(Kill(None))
    done(office, kill)
    place = f"{AGENCY}/{SITE}/begun/newest"
    office.files.kept[place] = office.files.newest(kill).let_go().to_bytes()
    office.city.publish(b"by hand")
    assert "asked for later" in refused(office, vetoed)
    assert live_files(office)["model.onnx"] == b"by hand"
    done(office, office.job(office.snapshot(office.with_model(b"since"))))
    assert (live_files(office)["model.onnx"], any(silent(office).values())) == (b"since", False)


def test_a_name_that_is_spelt_wrong_keeps_no_other_slot_from_being_stopped(office: Office) -> None:
    """Who stops two slots in a hurry, one of them by a name that is not there, is told of the one that is."""
    assert done(office, office.job(Kill(("home", "realted")))).version == 2
    assert silent(office) == {"home": True, "related": False}


@pytest.mark.parametrize("path", [FILES, NOTE], ids=["while it is made", "before it is signed"])
def test_the_deployer_and_a_job_take_nothing_back_from_each_other(office: Office, path: str) -> None:
    """`nearside publish` by hand while a job is done: whichever is slower follows the other."""
    kill = office.job(Kill(("home",)))
    made = done(office, kill, Meeting(office, path, lambda: office.city.publish(b"by hand")))
    assert (made.version, logged(office)) == (3, [1, 2, 3])
    assert silent(office) == {"home": True, "related": False}
    assert live_files(office)["model.onnx"] == b"by hand"


def test_orders_of_one_second_are_told_apart(office: Office) -> None:
    """A kill and a revival, a publication and a roll-back, all of one second: what was entered later counts,
    in whichever order they come."""
    first, second = (office.job(office.snapshot(office.with_model(name))) for name in (b"first", b"second"))
    assert first.asked_at == second.asked_at
    done(office, second)
    assert "asked for later" in refused(office, first)
    revive, kill = office.job(Revive()), office.job(Kill(None))
    done(office, kill)
    assert "asked for later" in refused(office, revive)
    assert all(silent(office).values())
    late = office.job(Kill(("home",)))
    done(office, office.job(Revive()))
    assert not any(silent(office).values())
    assert "asked for later" in refused(office, late)
    assert not any(silent(office).values())
    assert live_files(office)["model.onnx"] == b"second"


def test_a_stop_that_is_faster_than_what_it_stops_stops_it(office: Office) -> None:
    """A slot is stopped before the publication that brings it, or while: whoever stopped it is told that it
    is not there, and it comes silent, until it is revived."""
    for meets in (False, True):
        brings = office.job(office.snapshot(office.drafts(rules=HERO)))
        kill = office.job(Kill(("hero",)))
        whys: list[str] = []

        def stop(kill: Job = kill, whys: list[str] = whys) -> None:
            whys.append(refused(office, kill))

        if not meets:
            stop()
        done(office, brings, Meeting(office, NOTE, stop) if meets else None)
        assert len(whys) == 1
        assert "no slot of that name: hero; one that comes is silent until" in whys[0]
        assert silent(office) == {"hero": True, "related": False}
        done(office, office.job(RollBack(1)))
        done(office, office.job(office.snapshot(office.drafts(rules=HERO))))
        assert silent(office)["hero"]
        done(office, office.job(Revive()))
        assert not any(silent(office).values())
        done(office, office.job(RollBack(1)))
        assert silent(office) == {"home": False, "related": False}


def test_a_site_that_is_stopped_before_it_has_a_bundle_begins_silent(tmp_path: Path) -> None:
    """Also where the publication was asked for first, and a second one follows."""
    office = Office(City(tmp_path))
    first, kill = office.job(office.snapshot(office.with_model())), office.job(Kill(None))
    assert refused(office, kill).startswith("job: no bundle is live")
    done(office, first)
    assert all(silent(office).values())
    done(office, office.job(office.snapshot(office.with_model(b"next"))))
    assert all(silent(office).values())
    done(office, office.job(Revive()))
    assert not any(silent(office).values())


def test_a_slot_that_went_away_stopped_comes_back_stopped(office: Office) -> None:
    """Files without it in between are no revival."""
    done(office, office.job(Kill(("home",))))
    done(office, office.job(office.snapshot(office.drafts(rules=HERO))))
    assert silent(office) == {"hero": False, "related": False}
    done(office, office.job(office.snapshot(office.drafts())))
    assert silent(office) == {"home": True, "related": False}


def test_what_keeps_a_stop_from_being_carried_out_is_no_answer_to_it(office: Office) -> None:
    """A file of the bundle was tampered with, until somebody mends it: whoever goes back is refused, and a
    stop stays ordered."""
    shelf = office.city.shelf
    digest = hashlib.sha256(rules()).hexdigest()
    path = f"nearside/{SITE}/files/{digest}"
    kept, shelf.files[path] = shelf.files[path], b"tampered"
    kill = office.job(Kill(None))
    with pytest.raises(NotInTime):
        office.service().do(kill)
    assert office.files.result(kill) is None
    assert "missing or is another" in refused(office, office.job(Revive()))
    shelf.files[path] = kept
    done(office, kill)
    assert all(silent(office).values())


def test_what_is_let_go_on_stays_so_whoever_died_or_was_faster(office: Office) -> None:
    """A revival dies once it is served, before that is written down; somebody publishes; it comes again."""
    done(office, office.job(Kill(None)))
    revive = office.job(Revive())

    class Dead(Exception):
        """The machine stopped."""

    @dataclass
    class Dying(MemoryFiles):
        """A bucket at which it stops."""

        def renew(self, job: Job) -> Newest:
            raise Dead

    with pytest.raises(Dead):
        office.service(files=Dying(office.files.kept)).do(revive)
    assert not any(silent(office).values())
    done(office, office.job(office.snapshot(office.with_model(b"between"))))
    done(office, revive)
    assert not any(silent(office).values())
    done(office, office.job(office.snapshot(office.with_model(b"after"))))
    assert not any(silent(office).values())


def test_a_flow_that_is_out_of_date_keeps_nobody_from_stopping(office: Office) -> None:
    """It was judged when it was published; revived, it is judged again."""
    flows = city_files()["flows.json"]
    files = office.city.files()
    bad = replace(files, by_name={**files.by_name, "flows.json": flows})
    city = office.city
    with pytest.raises(Refused, match=r"^flow "):
        publish(bad, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=office.at)
    publish(
        bad, shelf=city.shelf, signer=city.agency, log=city.log, keys=city.keys, now=office.at, is_stop=True
    )
    done(office, office.job(Kill(None)))
    assert all(flow.name.startswith("stopped.") for flow in parse_flows(live_files(office)["flows.json"]))
    assert refused(office, office.job(Revive())).startswith("flow ")


def test_the_whole_site_is_its_flows_and_reminders_too(office: Office) -> None:
    """Stopped with it by names that no page asks for, and back with it as they were."""
    files = {**office.drafts(), "reminders.json": city_files()["reminders.json"]}
    done(office, office.job(office.snapshot(files)))
    before = live_files(office)
    done(office, office.job(Kill(None)))
    names = [each.name for each in Reminders.parse(live_files(office)["reminders.json"]).reminders]
    assert names
    assert all(name.startswith("stopped.") for name in names)
    done(office, office.job(Revive()))
    assert live_files(office) == before
