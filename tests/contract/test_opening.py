"""What an officer's folder holds: records that were opened, and an inventory that an audit can rely on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from consent_ledger import leaf, log
from consent_ledger.auditing.access import SALT_BYTES, AccessEntry
from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasing import ErasureRegister, MemoryErasures, OpenErasure
from consent_ledger.erasure import OFFICERS_COPIES_DAYS, Erasure, Remains
from consent_ledger.leaf import AuditAccessLeaf, Leaf, hash_of
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import Sidecars
from lambdas.shared.erasures import DynamoErasures
from nearside.officer_folder import OfficerFolder
from nearside.opening import Registered, forget_erased, open_records, published_size, write_registers
from tests.support.erasing import ASKED_AT, RecordKeeper, by_subject
from tests.support.ledger import dice, log_signer, opening

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack
    from tests.support.sidecar_stores import AwsSidecars

pytest_plugins = ("tests.support.ministack", "tests.support.sidecar_stores")

WORDS = Path(__file__).resolve().parent.parent.parent / "edge_client" / "web" / "words"


@pytest.fixture
def mine() -> list[Opening]:
    """Five records of one subject."""
    return [opening(number) for number in range(5)]


def names(openings: list[Opening]) -> set[bytes]:
    return {each.entry() for each in openings}


def advance(keeper: RecordKeeper) -> None:
    log.advance(keeper.ledger, log_signer(), dice=dice())


def open_all(folder: Path, keeper: RecordKeeper, openings: list[Opening]) -> list[tuple[Leaf, ...]]:
    """Open these records; return what was asked of the log, in order."""
    asked: list[tuple[Leaf, ...]] = []

    def publish(leaves: tuple[Leaf, ...]) -> str:
        asked.append(leaves)
        entries = [log.accept(keeper.ledger, leaf.to_bytes(each)) for each in leaves]
        advance(keeper)
        proof = log.proof_for(keeper.ledger, entries[-1])
        assert proof is not None
        return proof

    entries = tuple(sorted(names(openings)))
    access = AccessEntry("officer", "audit", entries, ASKED_AT, bytes(SALT_BYTES))
    done = open_records(folder, keeper.sidecars, access=access, ledger=keeper.ledger, log=publish)
    assert (done.opened, done.gone, done.damaged) == (len(openings), 0, 0)
    return asked


def write(folder: Path, keeper: RecordKeeper, **stores: Any) -> Registered:
    given = {"register": keeper.register, "sidecars": keeper.sidecars, **stores}
    return write_registers(folder, given["register"], given["sidecars"], ledger=keeper.ledger)


def test_what_is_sealed_is_what_opens(sidecars: Sidecars, mine: list[Opening]) -> None:
    """Kept, it is listed; destroyed, it is not, parted or not; nothing that never was is."""
    assert set(sidecars.sealed()) == set()
    for each in mine[:4]:
        sidecars.put(each.entry(), each)
    for each in mine[2:4]:
        sidecars.destroy(each.entry(), b"an erasure's id.")
    sidecars.part(mine[3].entry(), b"an erasure's id.")
    assert set(sidecars.sealed()) == names(mine[:2])


@pytest.mark.stack
def test_an_operator_who_deletes_a_part_of_a_record_does_not_leave_it_in_the_inventory(
    aws: AwsSidecars, mine: list[Opening]
) -> None:
    """The row of the key, the wrapped key, or the box is gone: the record does not open and is not listed."""
    for each in mine[:4]:
        aws.put(each.entry(), each)
    boxes, keys = aws.boxes, aws.keys
    row, wrapped, box = ({"pk": {"S": each.entry().hex()}} for each in mine[:3])
    aws.client.delete_item(TableName=keys, Key=row)
    aws.client.update_item(TableName=keys, Key=wrapped, UpdateExpression="REMOVE wrapped_key")
    aws.client.delete_item(TableName=boxes, Key=box)
    assert [aws.open(each.entry()) for each in mine[:3]] == [None] * 3
    assert set(aws.sealed()) == {mine[3].entry()}


def test_what_was_kept_and_never_logged_is_logged_when_it_is_opened(
    tmp_path: Path, mine: list[Opening]
) -> None:
    """Whoever kept two records died before logging them: they are in the log before the inventory is taken,
    after the opening itself, and those that are there are not asked for again."""
    keeper = RecordKeeper()
    keeper.keep(*mine[2:])
    advance(keeper)
    for each in mine[:2]:
        keeper.sidecars.put(each.entry(), each)
    first, second = open_all(tmp_path, keeper, mine)
    assert [type(each) for each in first] == [AuditAccessLeaf]
    assert {hash_of(each) for each in second} == names(mine[:2])
    write(tmp_path, keeper)
    inventory = OfficerFolder(tmp_path).inventory()
    assert inventory is not None
    assert set(inventory.entries) == names(mine)
    assert inventory.size == inventory.until == published_size(keeper.ledger) == 6
    assert all(log.proof_for(keeper.ledger, entry) for entry in names(mine))
    assert len(open_all(tmp_path, keeper, mine)) == 1


class Meanwhile:
    """A store, and what happens once one of its lists has been read to the end."""

    def __init__(self, inner: Any, listing: str, act: Callable[[], object]) -> None:
        self._inner = inner
        self._listing = listing
        self._act = act

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        def listed() -> Iterator[Any]:
            yield from tuple(call())
            self._act()

        return listed if name == self._listing else call


def erase(keeper: RecordKeeper, each: Opening) -> Erasure:
    return keeper.eraser().erase(by_subject([each]), verify=verify_claims)


def test_an_erasure_at_any_moment_of_an_inventory_is_told_of(tmp_path: Path, mine: list[Opening]) -> None:
    """One before it, one while records are listed, one between the two lists of the register: each shut
    record is explained by a line, and the two sizes say when the lists were made."""
    keeper = RecordKeeper()
    keeper.keep(*mine)
    advance(keeper)
    erase(keeper, mine[0])
    half = by_subject([mine[1]])
    keeper.register.begin(OpenErasure(half.nonce(), half.entries, ASKED_AT))
    stuck = by_subject([mine[2]])
    keeper.register.begin(OpenErasure(stuck.nonce(), stuck.entries, ASKED_AT))
    for entry in stuck.entries:
        keeper.sidecars.destroy(entry, stuck.nonce())
    begun = by_subject([mine[4]])
    keeper.register.begin(OpenErasure(begun.nonce(), begun.entries, ASKED_AT))
    for entry in begun.entries:
        keeper.sidecars.destroy(entry, begun.nonce())
    keeper.register.fix_count(begun.nonce(), 1)

    def listed() -> None:
        erase(keeper, mine[3])
        advance(keeper)

    written = write(
        tmp_path,
        keeper,
        sidecars=Meanwhile(keeper.sidecars, "sealed", listed),
        register=Meanwhile(
            keeper.register,
            "under_way",
            lambda: keeper.eraser().finish(OpenErasure(half.nonce(), half.entries, ASKED_AT)),
        ),
    )
    assert written == Registered(erasures=3, unfinished=2, forgotten=0)
    folder = OfficerFolder(tmp_path)
    inventory = folder.inventory()
    assert inventory is not None
    assert (inventory.size, inventory.until) == (5, 7)
    assert set(inventory.entries) == {mine[1].entry(), mine[3].entry()}
    assert inventory.unfinished == {stuck.nonce(), begun.nonce()}
    lines = (tmp_path / "unfinished").read_text(encoding="ascii").splitlines()
    assert lines == sorted([f"{stuck.nonce().hex()} -", f"{begun.nonce().hex()} 1"])
    assert {name for name, _ in folder.erasures()} == {
        by_subject([each]).nonce().hex() for each in (mine[0], mine[1], mine[3])
    }
    keeper.eraser().sweep(10)
    assert write(tmp_path, keeper) == Registered(erasures=5, unfinished=0, forgotten=0)
    assert (tmp_path / "unfinished").read_bytes() == b""


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.stack)])
def register(request: pytest.FixtureRequest) -> ErasureRegister:
    if request.param == "memory":
        return MemoryErasures()
    stack: MiniStack = request.getfixturevalue("ministack")
    return DynamoErasures(stack.table("pk", "sk"), dynamodb_client=stack.client("dynamodb"))


def test_a_register_lists_all_that_is_under_way(register: ErasureRegister) -> None:
    """More than one sweep takes; what is completed is on the other list."""
    entries = tuple(bytes([number]) * 32 for number in range(64))
    begun = {OpenErasure(bytes([number]) * 16, entries, number) for number in range(40)}
    for each in begun:
        register.begin(each)
    assert set(register.under_way()) == begun
    done = Erasure(64, 7, 9, 0)
    register.complete(bytes(16), done)
    assert {each.erasure_id for each in register.under_way()} == {bytes([n]) * 16 for n in range(1, 40)}
    assert list(register.completed()) == [(bytes(16), done)]


@pytest.mark.parametrize("lang", ["en", "ar", "cy", "es"])
def test_every_language_names_all_that_remains(lang: str) -> None:
    """What is on the closed list has words on the page, and the days of an officer's copies are in them."""
    said = json.loads((WORDS / f"{lang}.json").read_text(encoding="utf-8"))["panel"]
    kinds = {name.removeprefix("remains-") for name in said if name.startswith("remains-")}
    assert kinds == {kind.value for kind in Remains}
    assert f" {OFFICERS_COPIES_DAYS} " in said["remains-officers-copies"]


def test_what_was_erased_leaves_the_officers_folder(tmp_path: Path, mine: list[Opening]) -> None:
    """Copies of erased records go, with what a crash left of them; those that still open stay, and so do the
    records of another deployment and whatever else lies there."""
    keeper, other = RecordKeeper(), RecordKeeper()
    keeper.keep(*mine[:3])
    other.keep(mine[3])
    open_all(tmp_path, keeper, mine[:3])
    open_all(tmp_path, other, mine[3:4])
    folder = tmp_path / "openings"
    shutil.copy(folder / f"{mine[0].entry().hex()}.json", folder / f"{mine[0].entry().hex()}.json.tmp")
    (folder / "notes.json").write_text("mine")
    erase(keeper, mine[0])
    erase(keeper, mine[1])
    assert write(tmp_path, keeper).forgotten == 2
    assert {file.name for file in folder.iterdir()} == {
        f"{mine[2].entry().hex()}.json",
        f"{mine[3].entry().hex()}.json",
        "notes.json",
    }
    assert write(tmp_path, keeper).forgotten == 0
    assert forget_erased(tmp_path / "nothing", frozenset(), ledger=keeper.ledger) == 0
