"""A checkpoint is published when enough witnesses have cosigned it, and never against what one has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from consent_ledger import log
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.cosignature import cosign
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note
from consent_ledger.quorum import Peer, Quorum
from consent_ledger.storage.memory import MemoryStorage, MemoryWitnessStore
from consent_ledger.tlog_proof import TlogProof
from consent_ledger.witness import SIZE_TYPE, WitnessAnswer
from tests.support.ledger import ORIGIN, dice, log_signer, numbered_leaf
from tests.support.ledger_faults import Appointed, Crash, at_step, mortal
from tests.support.witnesses import AT, Line, Panel, witness, witness_signer


def turned(storage: MemoryStorage, *numbers: int, panel: Panel, needed: int = 2) -> Checkpoint:
    """Take entries in, and publish with witnesses."""
    for number in numbers:
        log.accept(storage, numbered_leaf(number))
    return log.advance(storage, log_signer(), dice=dice(), cosigners=panel.quorum(needed))


def published(storage: MemoryStorage) -> Note:
    data = storage.checkpoint()
    assert data is not None
    return Note.from_bytes(data)


def held_by_everyone(storage: MemoryStorage, panel: Panel, needed: int = 2) -> Checkpoint:
    """The published checkpoint, verified as somebody who asks for a quorum does."""
    checkpoint, claims = panel.trusted(needed).check(published(storage))
    verify_claims(claims)
    return checkpoint


def cut(panel: Panel, *numbers: int) -> None:
    """Cut the lines to these witnesses and mend the others."""
    for number, line in enumerate(panel.lines):
        line.cut = number in numbers


def test_everything_published_carries_a_quorum() -> None:
    """Each published checkpoint holds for whoever asks for two of three, and so does each proof."""
    storage, panel = MemoryStorage(), Panel()
    for first in range(0, 30, 5):
        turned(storage, *range(first, first + 5), panel=panel)
        assert held_by_everyone(storage, panel, 3).size == first + 5
    proof = log.proof_for(storage, leaf_hash(numbered_leaf(7)))
    assert proof is not None
    verify_claims(TlogProof.parse(proof).check(leaf_hash(numbered_leaf(7)), panel.trusted())[1])


def test_one_dead_witness_stops_nothing_and_two_stop_publishing_alone() -> None:
    """One dead: it goes on. Two dead: nothing is published, nothing is lost. One back: all is published."""
    storage, panel = MemoryStorage(), Panel()
    turned(storage, 1, 2, panel=panel)
    cut(panel, 0)
    turned(storage, 3, panel=panel)
    assert held_by_everyone(storage, panel).size == 3
    cut(panel, 0, 1)
    before = storage.checkpoint()
    for number in (4, 5, 6):
        with pytest.raises(Refused, match="too few witnesses"):
            turned(storage, number, panel=panel)
    assert storage.checkpoint() == before
    assert storage.head().clean == 6
    assert log.proof_for(storage, leaf_hash(numbered_leaf(5))) is None
    cut(panel, 1)
    assert log.publish(storage, log_signer(), cosigners=panel.quorum()).size == 6
    assert held_by_everyone(storage, panel).size == 6
    for number in range(1, 7):
        proof = log.proof_for(storage, leaf_hash(numbered_leaf(number)))
        assert proof is not None
        verify_claims(TlogProof.parse(proof).check(leaf_hash(numbered_leaf(number)), panel.trusted())[1])


def test_a_witness_that_was_away_is_brought_up_to_date() -> None:
    """It says how far it has got, and is asked again with a proof from there: two requests."""
    storage, panel = MemoryStorage(), Panel()
    cut(panel, 2)
    for number in range(9):
        turned(storage, number, panel=panel)
    cut(panel)
    panel.lines[2].asked = 0
    turned(storage, 9, panel=panel)
    assert panel.lines[2].asked == 2
    assert held_by_everyone(storage, panel, 3).size == 10


def test_a_checkpoint_that_two_have_seen_and_nobody_published_is_overtaken() -> None:
    """A publisher that dies after asking leaves witnesses ahead; the next one goes on from there."""
    storage, panel = MemoryStorage(), Panel()
    turned(storage, 1, panel=panel)
    for number in (2, 3):
        log.accept(storage, numbered_leaf(number))
    log.sequence(storage, dice(), limit=1)
    log.integrate(storage)
    dying = mortal(storage, Appointed(lambda: panel.lines[2].asked > 1))
    with pytest.raises(Crash):
        log.publish(dying, log_signer(), cosigners=panel.quorum())
    assert held_by_everyone(storage, panel).size == 1
    turned(storage, panel=panel)
    assert held_by_everyone(storage, panel, 3).size == 3


def test_a_log_that_lost_entries_is_stopped_by_its_witnesses() -> None:
    """Rollback by the operator: restored without head and checkpoint, it gets no cosignature for less."""
    storage, panel = MemoryStorage(), Panel()
    turned(storage, 1, 2, 3, panel=panel)
    restored = MemoryStorage()
    with pytest.raises(Untrue, match="a larger tree than there is"):
        turned(restored, 1, 2, panel=panel)
    assert restored.checkpoint() is None


@pytest.mark.parametrize("entries", [(7, 8, 9), (7, 8, 9, 10)])
def test_a_fork_is_stopped_by_its_witnesses(entries: tuple[int, ...]) -> None:
    """Split view by the operator: another tree, as large or larger, is not cosigned and not published."""
    storage, panel = MemoryStorage(), Panel()
    turned(storage, 1, 2, 3, panel=panel)
    other = MemoryStorage()
    with pytest.raises(Untrue, match="does not continue"):
        turned(other, *entries, panel=panel)
    assert other.checkpoint() is None


def test_a_fork_with_the_help_of_one_witness_is_not_enough() -> None:
    """One witness that forgets on purpose makes no second tree hold: any two of three have an honest one."""
    storage, panel = MemoryStorage(), Panel()
    turned(storage, 1, 2, 3, panel=panel)
    forgetful = Line(witness(1, store=MemoryWitnessStore()))
    colluding = Panel((panel.lines[0], forgetful, panel.lines[2]))
    other = MemoryStorage()
    with pytest.raises(Untrue):
        turned(other, 7, 8, 9, panel=colluding)
    # Published against the rule, with the one cosignature that there is, it holds for nobody.
    for number in (7, 8, 9):
        log.accept(other, numbered_leaf(number))
    log.advance(other, log_signer(), dice=dice())
    alone = cosign(published(other), witness_signer(1), cosigned_at=AT)
    with pytest.raises(Untrue, match="too few witnesses"):
        panel.trusted().check(alone)


def test_witnesses_asked_for_later_cosign_what_is_published() -> None:
    """A log that begins without witnesses has its latest checkpoint cosigned, under the same text."""
    storage, panel = MemoryStorage(), Panel()
    for number in (1, 2):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, log_signer(), dice=dice())
    before = published(storage)
    assert turned(storage, panel=panel).size == 2
    assert published(storage).text == before.text
    assert held_by_everyone(storage, panel, 3).size == 2
    after = storage.checkpoint()
    turned(storage, panel=panel)
    assert storage.checkpoint() == after


def test_superseded_checkpoints_are_kept() -> None:
    """Each published checkpoint stays at `checkpoints/<size>`, cosignatures and all, once another follows."""
    storage, panel = MemoryStorage(), Panel()
    notes = {}
    for number in range(4):
        turned(storage, number, panel=panel)
        notes[number + 1] = storage.checkpoint()
    kept = {size: storage.read(f"checkpoints/{size}") for size in range(6)}
    assert kept == {0: None, 1: notes[1], 2: notes[2], 3: notes[3], 4: None, 5: None}


def test_a_checkpoint_cosigned_while_another_publisher_kept_it_is_one_checkpoint() -> None:
    """Kept without cosignatures by a publisher that lost the race: the same words are no contradiction."""
    storage, panel = MemoryStorage(), Panel()
    log.accept(storage, numbered_leaf(1))
    log.advance(storage, log_signer(), dice=dice())
    storage.write_once("checkpoints/1", published(storage).to_bytes())
    turned(storage, panel=panel)
    assert turned(storage, 2, panel=panel).size == 2


def test_a_kept_checkpoint_of_other_words_stops_the_log() -> None:
    """Where another tree of this size was published once, nothing is published after it."""
    storage, other, panel = MemoryStorage(), MemoryStorage(), Panel()
    turned(storage, 1, panel=panel)
    log.accept(other, numbered_leaf(8))
    log.advance(other, log_signer(), dice=dice())
    storage.write_once("checkpoints/1", published(other).to_bytes())
    with pytest.raises(Untrue, match="another one was published"):
        turned(storage, 2, panel=panel)


def spoilt(answer: WitnessAnswer) -> WitnessAnswer:
    """A cosignature with its last bit turned."""
    line = Note.from_bytes(b"x\n\n" + answer.body).signatures[0]
    wrong = replace(line, signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))
    return replace(answer, body=f"{wrong}\n".encode())


@pytest.mark.parametrize(
    "answer",
    [
        WitnessAnswer(200),
        WitnessAnswer(200, b"\xff\xfe"),
        WitnessAnswer(200, b"\n\n"),
        WitnessAnswer(200, b"\xe2\x80\x94 witness0.example AAAAAAAA\n"),
        WitnessAnswer(404, b"no\n"),
        WitnessAnswer(403, b"no\n"),
        WitnessAnswer(500, b""),
        WitnessAnswer(301, b""),
        WitnessAnswer(409, b"3\n"),
        WitnessAnswer(409, b"minus one\n", SIZE_TYPE),
        WitnessAnswer(409, b"\xff\n", SIZE_TYPE),
        WitnessAnswer(409, b"1\n", SIZE_TYPE),
    ],
    ids=lambda answer: f"{answer.status} {answer.body!r}",
)
def test_a_witness_that_talks_nonsense_counts_as_silent(answer: WitnessAnswer) -> None:
    """Whatever one witness answers, the other two are enough, and alone it is not."""
    storage, panel = MemoryStorage(), Panel()
    nonsense = Peer(panel.lines[0].witness.key, lambda _: answer)
    peers = (nonsense, *panel.quorum().peers[1:])
    log.accept(storage, numbered_leaf(1))
    log.accept(storage, numbered_leaf(2))
    log.advance(storage, log_signer(), dice=dice(), cosigners=Quorum(peers, 2, verify_claims))
    assert held_by_everyone(storage, panel).size == 2
    alone = MemoryStorage()
    log.accept(alone, numbered_leaf(1))
    log.accept(alone, numbered_leaf(2))
    with pytest.raises(Refused, match="too few"):
        log.advance(alone, log_signer(), dice=dice(), cosigners=Quorum((nonsense,), 1, verify_claims))


def test_a_false_cosignature_is_not_published() -> None:
    """A signature that does not verify, or is over another text, is left out."""
    storage, panel = MemoryStorage(), Panel()

    def post(request: bytes) -> WitnessAnswer | None:
        answer = panel.lines[0].post(request)
        return None if answer is None else spoilt(answer)

    peers = (Peer(panel.lines[0].witness.key, post), *panel.quorum().peers[1:])
    log.accept(storage, numbered_leaf(1))
    log.advance(storage, log_signer(), dice=dice(), cosigners=Quorum(peers, 2, verify_claims))
    assert len(published(storage).signatures) == 3
    assert held_by_everyone(storage, panel).size == 1


def test_a_witness_cannot_slip_another_text_under_its_signature() -> None:
    """An answer that brings an empty line and a text of its own is no cosignature."""
    storage, panel = MemoryStorage(), Panel()
    signer = witness_signer(0)

    def post(request: bytes) -> WitnessAnswer:
        text = request.decode().split("\n\n", 1)[1].split("\n\n")[0] + "\n\nmore\n"
        return WitnessAnswer(
            200,
            b"more\n\n" + str(cosign(Note(text, ()), signer, cosigned_at=AT).signatures[0]).encode() + b"\n",
        )

    quorum = Quorum((Peer(panel.lines[0].witness.key, post),), 1, verify_claims)
    log.accept(storage, numbered_leaf(1))
    with pytest.raises(Refused, match="too few"):
        log.advance(storage, log_signer(), dice=dice(), cosigners=quorum)


def test_a_quorum_is_possible_and_of_different_keys() -> None:
    """Nobody can be asked for more witnesses than there are, or for one key under two names."""
    panel = Panel()
    with pytest.raises(Malformed, match="more witnesses"):
        panel.quorum(4)
    peer = panel.quorum().peers[0]
    twin = Peer(replace(peer.key, name="twin.example"), peer.post)
    with pytest.raises(Malformed, match="one key"):
        Quorum((peer, twin), 1, verify_claims)
    names = [str(peer.key), str(twin.key)]
    with pytest.raises(Malformed, match="more witnesses"):
        LogKeys.parse(str(log_signer().key), witnesses=names, quorum=2)


def test_a_crash_at_any_step_of_publishing_is_recovered_from() -> None:
    """Killed at its first step, its second, and so on, between witnesses too: the next one completes it."""
    for fatal in range(1, 200):
        storage, panel = MemoryStorage(), Panel()
        turned(storage, 1, 2, panel=panel)
        for number in (3, 4, 5):
            log.accept(storage, numbered_leaf(number))
        log.sequence(storage, dice())
        log.integrate(storage)
        fate = at_step(fatal)
        peers = tuple(replace(peer, post=crashing(peer.post, fate)) for peer in panel.quorum().peers)
        died = False
        try:
            log.publish(
                mortal(storage, fate),
                log_signer(),
                cosigners=Quorum(peers, 2, verify_claims),
            )
        except Crash:
            died = True
        held_by_everyone(storage, panel)
        log.accept(storage, numbered_leaf(6))
        assert turned(storage, panel=panel).size == 6
        assert held_by_everyone(storage, panel, 3).size == 6
        first = storage.read("checkpoints/2")
        assert first is not None
        verify_claims(panel.trusted().check(Note.from_bytes(first))[1])
        if not died:
            break
    else:
        pytest.fail("publishing has more steps than were tried")
    assert fatal > 15


def crashing(
    post: Callable[[bytes], WitnessAnswer | None], fate: Appointed
) -> Callable[[bytes], WitnessAnswer | None]:
    """A line on which the publisher dies before or after the witness has answered."""

    def send(request: bytes) -> WitnessAnswer | None:
        fate.maybe()
        answer = post(request)
        fate.maybe()
        return answer

    return send


def test_trust_is_read_from_one_line() -> None:
    """Keys, quorum and witnesses in one line print back; without witnesses it is the log's key alone."""
    panel = Panel()
    line = str(panel.trusted())
    assert LogKeys.from_text(line) == panel.trusted()
    assert line.split(" ")[1] == "2"
    assert LogKeys.from_text(str(log_signer().key)) == LogKeys.parse(str(log_signer().key))
    assert LogKeys.from_text(line).origin == ORIGIN


@pytest.mark.parametrize(
    "change",
    [
        lambda line: "",
        lambda line: line + " ",
        lambda line: " " + line,
        lambda line: line.replace(" 2 ", " 02 "),
        lambda line: line.replace(" 2 ", "  2 "),
        lambda line: line.replace(" 2 ", " 4 "),
        lambda line: line.replace(" 2 ", " "),
        lambda line: line.replace(" 2 ", " 2 2 "),
        lambda line: line.partition(" ")[2],
        lambda line: line.partition(" ")[0] + " 0",
        lambda line: line.replace(" ", "\n"),
        lambda line: line + " " + line,
    ],
)
def test_a_line_of_trust_that_is_none_is_refused(change: object) -> None:
    """Nothing that is misread as less trust than was asked for."""
    with pytest.raises(Malformed):
        LogKeys.from_text(change(str(Panel().trusted())))  # type: ignore[operator]


def test_a_log_is_not_its_own_witness() -> None:
    """The log's key under a witness's name would cosign whatever the log signs."""
    key = witness_signer(0).key
    own = replace(log_signer().key, public_key=key.public_key)
    with pytest.raises(Malformed, match="own witness"):
        LogKeys.parse(str(own), witnesses=[str(Panel().lines[0].witness.key)], quorum=1)
