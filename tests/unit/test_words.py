"""Every language has all the words of the interface, with the same places to fill in."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nearside.edge_build import WORDS
from tests.support.spelling import spelt

ROOM = Path(__file__).resolve().parent.parent.parent / "edge_client" / "web" / "words"
LANGUAGES = ("ar", "cy", "en", "es")
OTHERS = tuple(lang for lang in LANGUAGES if lang != "en")
FORMS = ("zero", "one", "two", "few", "many", "other")
# What is the same in both by right.
ALIKE = {"es": {"panel off", "panel refused", "check said-dpv:ConsentRefused"}}


def read(lang: str) -> dict[str, dict[str, str]]:
    """The words of a language by part; a name that is there twice is refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        assert not twice
        return dict(pairs)

    parts = json.loads((ROOM / f"{lang}.json").read_text(encoding="utf-8"), object_pairs_hook=once)
    assert parts.pop("lang") == lang
    words: dict[str, dict[str, str]] = parts
    return words


def counting(words: dict[str, str]) -> dict[str, list[str]]:
    """The sentences of a part that count, and the forms that each has."""
    stems = [name.removesuffix("-other") for name in words if name.endswith("-other")]
    return {
        stem: [form for form in FORMS if f"{stem}-{form}" in words]
        for stem in stems
        if f"{stem}-one" in words
    }


def stem_of(name: str, words: dict[str, str]) -> str:
    """The name without the form, where it is one of a sentence that counts."""
    stem, _, form = name.rpartition("-")
    return stem if form in FORMS and stem in counting(words) else name


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_these_are_the_languages() -> None:
    """One file each, and each part of the interface that says anything is in it."""
    assert sorted(file.stem for file in ROOM.iterdir()) == list(LANGUAGES)
    assert set(read("en")) == set(WORDS)


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_has_the_same_words(lang: str) -> None:
    """No more and no fewer than English, but for the forms of sentences that count."""
    english, own = read("en"), read(lang)
    assert own.keys() == english.keys()
    for part, words in english.items():
        mine = own[part]
        assert {stem_of(name, mine) for name in mine} == {stem_of(name, words) for name in words}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_that_counts_has_every_form_of_its_language(lang: str) -> None:
    """Those that its plural rules (CLDR) tell apart among whole numbers up to a thousand, and no other."""
    ((_, rules),) = spelt([("forms", lang)])
    found = [forms for words in read(lang).values() for forms in counting(words).values()]
    assert len(found) >= 3
    for forms in found:
        assert sorted(forms) == rules.split()


@pytest.mark.parametrize("lang", OTHERS)
def test_a_language_fills_the_same_places_in(lang: str) -> None:
    """As often as English; a form for none, one or two may say the number as a word."""
    english = read("en")
    for part, words in read(lang).items():
        for name, text in words.items():
            stem = stem_of(name, words)
            if stem == name:
                assert places(text) == places(english[part][name]), name
            else:
                wanted = places(english[part][f"{stem}-other"])
                told_in_words = name.rpartition("-")[2] in ("zero", "one", "two")
                assert places(text) == wanted or (told_in_words and not places(text)), name


@pytest.mark.parametrize("lang", OTHERS)
def test_nothing_is_left_in_english(lang: str) -> None:
    """Each text differs from the English one, unless both languages say it alike; none is empty here alone,
    and none has an exclamation mark."""
    english = read("en")
    alike = {
        f"{part} {name}"
        for part, words in read(lang).items()
        for name, text in words.items()
        if text and text == english[part].get(name)
    }
    assert alike == ALIKE.get(lang, set())
    for part, words in read(lang).items():
        for name, text in words.items():
            assert bool(text) == bool(english[part].get(name, text)), name
            assert not set(text) & set("!¡"), name
