"""Purposes that no banner asks about: what pages tell of them, and what is recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.purposes import Purpose
from consent_ledger.record import Status
from edge_client.consent import ConsentBook
from edge_client.page_messages import choice_of
from edge_client.wire.notice import Notice, Notices
from tests.support import node_twin
from tests.support.city import City
from tests.support.pair import Pair

ROOT = Path(__file__).resolve().parent.parent.parent
NOTICES = ROOT / "demo/agency/notices"
WORDS: dict[str, Any] = json.loads((NOTICES / "en.json").read_text(encoding="utf-8"))
Form = dict[str, str | None]
Said = tuple[list[str], list[str] | None, bool] | Form


def banner(*given: str) -> Said:
    return list(given), None, False


def here(purpose: str, *given: str) -> Said:
    """An element asked about one purpose; `given` is all that is allowed then."""
    return list(given), [purpose], False


def played(*choices: Said, before: object = None, signal: bool = False, now: int = 1_000) -> dict[str, Any]:
    """What pages remember after these choices."""
    case = {"notice": WORDS, "choices": choices, "before": before, "now": now, "signal": signal}
    after: dict[str, Any] = node_twin.played("choices.mjs", case)
    return after


def lived(folder: Path, heard: Sequence[dict[str, Any]]) -> tuple[ConsentBook, Pair]:
    """A device that hears of these choices, one page after the other, and has them logged."""
    city = City(folder)
    city.publish()
    pair = Pair(city)

    async def live() -> None:
        await pair.open()
        for choice in heard:
            await pair.device.feed(choice_of(choice))
            await pair.device.settle()

    asyncio.run(live())
    return pair.device.session.book, pair


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_city_asks_for_both_where_they_are_used(lang: str) -> None:
    """No banner asks for tasks and a place; all languages ask for the same."""
    notice = Notice.from_value(json.loads((NOTICES / f"{lang}.json").read_text(encoding="utf-8")))
    assert (notice.version, notice.purposes, notice.later) == (2, ("suggest", "learn"), ("remember", "place"))


@pytest.mark.parametrize(
    "later",
    [
        {"purpose": "place"},
        [{"purpose": "sell"}],
        [{"purpose": "suggest"}],
        [{"purpose": "place"}, {"purpose": "place"}],
    ],
)
def test_a_notice_asks_for_each_purpose_once(later: Any) -> None:
    """At once or where it is used, and for none that has no description."""
    with pytest.raises(Malformed, match="notice: "):
        Notice.from_value({**WORDS, "later": later})


def test_an_older_notice_reads_as_it_did() -> None:
    """It asks for nothing later, and its bytes, which old receipts name, are its own."""
    old = {name: value for name, value in WORDS.items() if name != "later"} | {"version": 1}
    notice = Notice.from_value(old)
    assert (notice.later, b"later" in notice.words) == ((), False)


def test_nothing_unasked_is_recorded_as_refused(tmp_path: Path) -> None:
    """A yes in the banner says nothing of what it does not ask; a yes beside an area says that alone."""
    in_banner = played(banner("suggest"))["choice"]
    beside_area = played(here("place", "suggest", "place"), before=in_banner, now=2_000)["choice"]
    book, _ = lived(tmp_path / "both", (in_banner, beside_area))
    assert book.choices == {"suggest": "given", "learn": "refused", "place": "given"}
    records = [receipt.opening.record for receipt in book.receipts]
    assert [(record.purpose, record.status) for record in records] == [
        (Purpose.SUGGEST, Status.GIVEN),
        (Purpose.LEARN, Status.REFUSED),
        (Purpose.PLACE, Status.GIVEN),
    ]
    assert {record.notice_hash.hex() for record in records} == {Notice.from_value(WORDS).sha256}
    alone = played(here("place", "place"))
    book, _ = lived(tmp_path / "alone", (alone["choice"],))
    assert book.choices == {"place": "given"}
    assert alone["banner"]


def test_a_question_of_the_panel_without_an_answer_says_nothing(tmp_path: Path) -> None:
    """Nothing is chosen beforehand: what is left as it is is neither signed as refused nor taken back."""
    first = played({"suggest": "on", "learn": None})
    assert (first["asked"], first["choice"]["given"], first["banner"]) == (["suggest"], ["suggest"], False)
    place = played({"suggest": None, "learn": None, "place": "off"})
    assert place["banner"], "its own questions are still open"
    second = played({"suggest": None, "learn": "off"}, before=first["choice"], now=2_000)
    third = played({"suggest": "off", "learn": "off"}, before=second["choice"], now=3_000)
    heard = [each["choice"] for each in (first, second, third)]
    records = [
        [(each.opening.record.purpose.value, each.opening.record.status.value) for each in book.receipts]
        for book, _ in (lived(tmp_path / str(many), heard[:many]) for many in (1, 3))
    ]
    given, refused, withdrawn = Status.GIVEN.value, Status.REFUSED.value, Status.WITHDRAWN.value
    assert records[0] == [("suggest", given)]
    assert records[1] == [("suggest", given), ("learn", refused), ("suggest", withdrawn)]


def test_a_worker_that_hears_of_the_newest_choice_alone_hears_of_all(tmp_path: Path) -> None:
    """Three choices were made before any worker ran: each purpose is recorded as it stands."""
    last = played(here("remember", "remember"), banner("suggest", "remember"), here("place", "suggest"))
    book, _ = lived(tmp_path, (last["choice"],))
    assert book.choices == {"suggest": "given", "learn": "refused", "remember": "refused", "place": "refused"}
    assert not last["banner"]


def test_a_withdrawal_is_one_of_what_was_asked(tmp_path: Path) -> None:
    """A no to everything withdraws a yes that an element was given, and says nothing of the rest."""
    yes = played(here("place", "place"))["choice"]
    no = played(banner(), before=yes, now=2_000)["choice"]
    book, _ = lived(tmp_path, (yes, no))
    assert book.choices == {"place": "withdrawn", "suggest": "refused", "learn": "refused"}


def test_the_browsers_signal_takes_back_what_was_given_and_asks_for_nothing(tmp_path: Path) -> None:
    """No record says that something was refused which nobody was asked about; no banner asks."""
    yes = played(here("place", "place"))["choice"]
    applied = played(([], [], True), before=yes, signal=True, now=2_000)
    book, _ = lived(tmp_path, (yes, applied["choice"]))
    assert book.choices == {"place": "withdrawn"}
    assert not applied["banner"]


def test_a_choice_of_an_older_page_is_one_about_its_banner(tmp_path: Path) -> None:
    """It does not say what was asked: all of the banner was, and so was what it allows elsewhere."""
    old = {"given": ["suggest", "place"], "at": 1_000, "gpc": "absent", "ever": True, "notice": WORDS}
    book, _ = lived(tmp_path, (old,))
    assert book.choices == {"suggest": "given", "learn": "refused"}
    now = played(before=old)
    assert (sorted(set(now["asked"])), now["banner"]) == (["learn", "place", "suggest"], False)


def older(version: int, *given: str) -> dict[str, Any]:
    """A choice about everything, in the words of another version."""
    return {
        "given": list(given),
        "asked": ["suggest", "learn", "place"],
        "version": version,
        "at": 1_000,
        "gpc": "absent",
        "ever": True,
        "notice": {**WORDS, "version": version},
    }


def logged(book: ConsentBook) -> list[tuple[str, Status, int]]:
    """What each record says, in the order of notices, purposes and answers."""
    records = (receipt.opening.record for receipt in book.receipts)
    rows = [(record.purpose.value, record.status, record.notice_version) for record in records]
    return sorted(rows, key=lambda row: (row[2] == WORDS["version"], row[0], row[1].value))


@pytest.mark.parametrize("version", [1, 3])
def test_other_words_ask_again_and_answers_to_them_are_logged(tmp_path: Path, version: int) -> None:
    """The banner asks; what was said stays as it was until it is said anew, and then the record names the
    words that were shown, also where the answer is the same. Of an area, which no banner asks about, nothing
    is said."""
    before = older(version, "suggest", "place")
    read = played(before={**before, "notice": None})
    assert (read["choice"]["given"], read["asked"], read["banner"]) == (["suggest", "place"], [], True)
    said = played(banner("suggest", "place"), before=before, now=2_000)
    assert (said["asked"], said["banner"]) == (["suggest", "learn"], False)
    book, _ = lived(tmp_path, (before, said["choice"], {**said["choice"], "at": 3_000}))
    assert logged(book) == [
        ("learn", Status.REFUSED, version),
        ("place", Status.GIVEN, version),
        ("suggest", Status.GIVEN, version),
        ("learn", Status.REFUSED, 2),
        ("suggest", Status.GIVEN, 2),
    ], "each once, however often pages tell it"
    area = played(here("place", "suggest", "place"), before=said["choice"], now=3_000)
    assert sorted(area["asked"]) == ["learn", "place", "suggest"]


@pytest.mark.parametrize("first", ["place", "all"])
def test_one_answer_to_new_words_is_none_about_the_rest(tmp_path: Path, first: str) -> None:
    """Who allows an area in new words is still asked by the banner; who turns everything off takes all of it
    back, what was said in other words as well, and so does the browser's signal."""
    before = older(1, "suggest", "learn", "place")
    if first == "place":
        said = played(here("place", "suggest", "learn", "place"), before=before, now=2_000)
        assert (said["asked"], said["banner"]) == (["place"], True)
        rows = [("place", Status.GIVEN, 2)]
    else:
        said = played(banner(), before=before, now=2_000)
        rows = [(purpose, Status.WITHDRAWN, 2) for purpose in ("learn", "place", "suggest")]
    book, _ = lived(tmp_path / "said", (before, said["choice"]))
    assert logged(book)[3:] == rows
    applied = played(([], [], True), before=before, signal=True, now=2_000)
    book, _ = lived(tmp_path / "applied", (before, applied["choice"]))
    assert set(book.choices.values()) == {"withdrawn"}


def test_a_book_of_before_says_nothing_of_versions(tmp_path: Path) -> None:
    """It is read, and the same answer again makes no record."""
    book, _ = lived(tmp_path, (older(2, "suggest"),))
    raw = canonical.decode(book.to_bytes())
    assert isinstance(raw, dict)
    assert raw.pop("versions") == {"learn": 2, "place": 2, "suggest": 2}
    read = ConsentBook.from_bytes(canonical.encode(raw))
    assert (read.choices, read.versions) == (book.choices, {})
    assert read.changes(asked=("suggest",), given=frozenset({"suggest"}), version=9) == ()
    assert ConsentBook.from_bytes(read.to_bytes()) == read
    with pytest.raises(Malformed, match=r"^consent book: "):
        ConsentBook.from_bytes(canonical.encode({**raw, "versions": {"suggest": "2"}}))


def test_all_languages_of_a_notice_have_one_version() -> None:
    """What is answered in one language would be asked again in another."""
    arabic = {**WORDS, "lang": "ar"}
    assert len(Notices.parse(canonical.encode({"v": 1, "notices": [WORDS, arabic]})).by_lang) == 2
    with pytest.raises(Malformed, match=r"^notices: their versions are not the same"):
        Notices.parse(canonical.encode({"v": 1, "notices": [WORDS, {**arabic, "version": 3}]}))


def test_a_purpose_that_a_notice_names_no_more_can_be_taken_back(tmp_path: Path) -> None:
    """Whoever says no to all that is asked now takes back what an older notice had asked as well."""
    fewer = {**WORDS, "version": 3, "purposes": [WORDS["purposes"][0]]}
    assert fewer["purposes"][0]["purpose"] == "suggest"
    first = {"given": ["suggest", "learn"], "notice": WORDS, "gpc": "absent", "at": 1_000}
    keeps = {
        "given": ["suggest", "learn"],
        "asked": ["suggest"],
        "notice": fewer,
        "gpc": "absent",
        "at": 2_000,
    }
    ends = {**keeps, "given": [], "at": 3_000}
    book, _ = lived(tmp_path / "kept", [first, keeps])
    assert dict(book.choices) == {"suggest": "given", "learn": "given"}
    book, _ = lived(tmp_path / "ended", [first, ends])
    assert dict(book.choices) == {"suggest": "withdrawn", "learn": "withdrawn"}
    statuses = [receipt.opening.record.status for receipt in book.receipts]
    assert statuses.count(Status.WITHDRAWN) == 2
