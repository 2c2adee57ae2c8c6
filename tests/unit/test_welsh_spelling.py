"""Welsh dates, numbers and lists, which Chromium has no data for: as Unicode's CLDR has them in Node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.spelling import spelt

DAY = timedelta(days=1)
START = datetime(2027, 1, 1, 13, 4, 5, tzinfo=UTC)
DATES = [int((START + number * DAY).timestamp() * 1000) for number in range(366)]
STYLES = (
    {"dateStyle": "long", "timeZone": "UTC"},
    {"dateStyle": "long", "timeStyle": "short", "timeZone": "America/Chicago"},
    {"dateStyle": "long", "timeStyle": "medium", "timeZone": "Pacific/Auckland"},
)


def test_every_day_of_a_year_is_spelt_as_welsh_does() -> None:
    """Alone, with the time, and where the day is another one than at Greenwich."""
    pairs = spelt([("date", "cy", at, style) for at in DATES for style in STYLES])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]
    assert pairs[0][0] == "1 Ionawr 2027"


def test_counts_of_days_and_bytes_change_the_noun_after_two() -> None:
    """The noun stays in the singular, and softens after two."""
    units = ({"style": "unit", "unit": unit, "unitDisplay": "long"} for unit in ("day", "byte"))
    pairs = spelt([("number", "cy", value, unit) for unit in units for value in (*range(12), 60, 90, 4096)])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]
    assert pairs[2][0] == "2 ddiwrnod"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"style": "percent", "maximumFractionDigits": 1},
        {"style": "unit", "unit": "kilometer", "maximumFractionDigits": 1},
    ],
    ids=["plain", "share", "distance"],
)
def test_other_numbers_are_spelt_as_welsh_does(options: dict[str, str | int]) -> None:
    """Plain ones, shares of devices and distances."""
    pairs = spelt([("number", "cy", value, options) for value in (0, 0.001, 0.125, 1, 3.25, 1234, 12_345.5)])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_how_far_a_day_is_off_is_told_as_welsh_does() -> None:
    """Days as far as pages tell them in days, and months from three on."""
    days = [("distance", "cy", days, "day") for days in range(-60, 90)]
    pairs = spelt([*days, *(("distance", "cy", months, "month") for months in range(3, 40))])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_languages_have_welsh_names() -> None:
    """Those that the interface speaks."""
    pairs = spelt([("language", "cy", code) for code in ("en", "cy", "es", "ar")])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_a_welsh_list_has_commas_alone() -> None:
    """What "and" is in Welsh hangs on the next word, which CLDR leaves open: `a(c)`."""
    assert spelt([("list", "cy", ["Afon", "Parc"])]) == [("Afon, Parc",) * 2]


def test_other_languages_are_the_browser_s_own() -> None:
    """Their data is in every browser."""
    asked = [
        (kind, lang, *given)
        for lang in ("en", "es", "ar")
        for kind, *given in (
            ("date", DATES[80], STYLES[1]),
            ("number", 1234.5, {}),
            ("distance", 30, "day"),
            ("language", "cy"),
        )
    ]
    pairs = spelt(asked)
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


@pytest.mark.parametrize("lang", ["en", "es", "cy", "ar"])
def test_a_sentence_takes_the_form_of_its_number(lang: str) -> None:
    """The one that the language's rules choose, with the number in it."""
    forms = {f"more-{form}": f"{form} {{count}}" for form in ("zero", "one", "two", "few", "many", "other")}
    pairs = spelt([("counted", lang, forms, count) for count in range(120)])
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]
