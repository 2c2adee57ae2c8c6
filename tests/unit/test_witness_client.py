"""Witnesses are asked over HTTP, all at once, and a slow one keeps nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from consent_ledger import log
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused
from consent_ledger.note import Note
from consent_ledger.quorum import Answered, Peer, Quorum, Standing
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.witness import SIZE_TYPE, Witness, WitnessAnswer
from lambdas.shared.witness_client import poster, together
from tests.support.ledger import dice, log_signer, numbered_leaf
from tests.support.witnesses import Panel, witness

COSIGNED = Answered(Standing.COSIGNED)
SILENT = Answered(Standing.SILENT)


@contextmanager
def served(answer: object) -> Iterator[str]:
    """Serve `answer(path, body)` at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            said: WitnessAnswer = answer(self.path, body)  # type: ignore[operator]
            self.send_response(said.status)
            self.send_header("content-type", said.content_type)
            self.send_header("content-length", str(len(said.body)))
            if said.status == 302:
                self.send_header("location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def listening_and_silent() -> Iterator[str]:
    """Take connections, and say nothing until the end."""
    stop = threading.Event()

    def wait(path: str, body: bytes) -> WitnessAnswer:
        stop.wait(60)
        return WitnessAnswer(500)

    with served(wait) as url:
        try:
            yield url
        finally:
            stop.set()


def at(url: str, ours: Witness, *, timeout_s: float = 3.0) -> Peer:
    return Peer(ours.key, poster(url, timeout_s=timeout_s))


def test_two_answer_and_one_hangs() -> None:
    """2 of 3 with one witness that takes the connection and says nothing: published at once."""
    panel = Panel()
    storage = MemoryStorage()
    log.accept(storage, numbered_leaf(1))
    one, two, three = (line.witness for line in panel.lines)
    with (
        served(lambda _, body: one.add_checkpoint(body)) as first,
        served(lambda _, body: two.add_checkpoint(body)) as second,
        listening_and_silent() as third,
    ):
        peers = tuple(at(*each, timeout_s=60) for each in ((third, three), (first, one), (second, two)))
        quorum = Quorum(peers, 2, verify_claims, partial(together, deadline_s=60))
        started = time.monotonic()
        log.advance(storage, log_signer(), dice=dice(), cosigners=quorum)
        assert time.monotonic() - started < 30
    published = storage.checkpoint()
    assert published is not None
    verify_claims(panel.trusted().check(Note.from_bytes(published))[1])


def test_nobody_there_and_one_that_hangs_are_given_up() -> None:
    """A closed port, an unknown host and a witness that hangs: refused within the time limit."""
    storage = MemoryStorage()
    log.accept(storage, numbered_leaf(1))
    with listening_and_silent() as hanging:
        peers = (
            at("http://127.0.0.1:9", witness(0)),
            at("https://nowhere.invalid", witness(1), timeout_s=0.5),
            at(hanging, witness(2), timeout_s=0.5),
        )
        started = time.monotonic()
        with pytest.raises(Refused, match="too few"):
            log.advance(
                storage, log_signer(), dice=dice(), cosigners=Quorum(peers, 1, verify_claims, together)
            )
        assert time.monotonic() - started < 30
    assert storage.checkpoint() is None


def test_the_prefix_is_kept_and_the_size_comes_through() -> None:
    """A witness below a path is asked there, and its 409 carries type and size."""
    asked: list[str] = []

    def answer(path: str, body: bytes) -> WitnessAnswer:
        asked.append(path)
        return WitnessAnswer(409, b"12\n", SIZE_TYPE)

    with served(answer) as url:
        answers = [poster(url + path)(b"x") for path in ("", "/", "/w1", "/w1/")]
    assert asked == ["/add-checkpoint", "/add-checkpoint", "/w1/add-checkpoint", "/w1/add-checkpoint"]
    assert answers == [WitnessAnswer(409, b"12\n", SIZE_TYPE)] * 4


def test_a_redirect_is_not_followed_and_a_flood_is_not_read() -> None:
    """What a witness could do to lead the publisher elsewhere, or to fill its memory."""
    asked: list[str] = []

    def answer(path: str, body: bytes) -> WitnessAnswer:
        asked.append(path)
        return WitnessAnswer(302) if body == b"redirect" else WitnessAnswer(200, bytes(65 * 1024))

    with served(answer) as url:
        redirected = poster(url)(b"redirect")
        assert redirected is not None
        assert redirected.status == 302
        assert poster(url)(b"flood") is None
    assert asked == ["/add-checkpoint"] * 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "witness.example",
        "http://witness.example",
        "http://10.0.0.1",
        "ftp://witness.example",
        "https://",
        "https://witness.example:0",
        "https://witness.example:99999",
        "https://user@witness.example",
        "https://witness.example/?a=b",
        "https://witness.example/#a",
        "https://[::1",
    ],
)
def test_witnesses_are_asked_over_https_alone(url: str) -> None:
    """Plain HTTP reaches this machine only; what is no address is malformed."""
    with pytest.raises(Malformed, match="witness: the address"):
        poster(url)


def test_jobs_run_at_once() -> None:
    """Three jobs that wait for one another all finish."""
    gate = threading.Barrier(3, timeout=60)

    def job() -> Answered:
        gate.wait()
        return COSIGNED

    assert together([job] * 3, lambda answers: False) == [COSIGNED] * 3


def test_who_is_late_is_waited_for_a_moment() -> None:
    """After enough answers one more may arrive within the grace."""
    enough = threading.Event()

    def first_is_enough(answers: Sequence[Answered]) -> bool:
        enough.set()
        return True

    def late() -> Answered:
        enough.wait(60)
        return COSIGNED

    assert together([lambda: COSIGNED, late], first_is_enough, grace_s=60) == [COSIGNED] * 2


def test_who_is_later_than_that_is_not_waited_for() -> None:
    """The moment ends, whoever is missing."""
    hold = threading.Event()
    jobs = [lambda: COSIGNED, lambda: SILENT if hold.wait(60) else COSIGNED]
    started = time.monotonic()
    assert together(jobs, lambda answers: True, deadline_s=60, grace_s=0.1) == [COSIGNED]
    assert time.monotonic() - started < 30
    hold.set()


def test_the_deadline_holds_whoever_is_missing() -> None:
    """With too few answers the deadline ends the wait."""
    hold = threading.Event()
    jobs = [lambda: SILENT, lambda: SILENT if hold.wait(60) else COSIGNED]
    started = time.monotonic()
    # Long enough for the first to be heard on a busy machine.
    assert together(jobs, lambda answers: False, deadline_s=3) == [SILENT]
    assert time.monotonic() - started < 30
    hold.set()


def test_many_publishers_at_once_stay_safe() -> None:
    """Six publishers and one sequencer over HTTP: each published checkpoint continues the one before."""
    panel = Panel()
    storage = MemoryStorage()
    finished = threading.Event()
    with (
        served(lambda _, body: panel.lines[0].witness.add_checkpoint(body)) as first,
        served(lambda _, body: panel.lines[1].witness.add_checkpoint(body)) as second,
        ThreadPoolExecutor(7) as pool,
    ):
        peers = (at(first, panel.lines[0].witness), at(second, panel.lines[1].witness))
        quorum = Quorum(peers, 2, verify_claims, together)

        def publish() -> int:
            size = 0
            while not finished.is_set():
                # Whom the others overtake too often is refused, and is woken again.
                with suppress(Refused):
                    size = log.publish(storage, log_signer(), cosigners=quorum).size
            return size

        publishers = [pool.submit(publish) for _ in range(6)]
        for number in range(40):
            log.accept(storage, numbered_leaf(number))
            log.sequence(storage, dice())
            log.integrate(storage)
            time.sleep(0.005)
        while (published := storage.checkpoint()) is None or b"\n40\n" not in published:
            time.sleep(0.01)
        finished.set()
        assert max(job.result() for job in publishers) == 40
    kept = [note for size in range(40) if (note := storage.read(f"checkpoints/{size}")) is not None]
    assert len(kept) > 3
    for note in (*kept, published):
        verify_claims(panel.trusted().check(Note.from_bytes(note))[1])
