"""Log lines of three formats become requests, and other lines nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest

from model_export.counting.fields import RESERVED
from model_export.counting.weblog import Request, parse_epa, parse_ncsa

COMMON = '192.0.2.7 - - [16/Nov/2026:23:30:05 -0100] "GET /a?b=c HTTP/1.1" 200 512'


def test_a_common_line_becomes_a_request_with_its_day_in_utc() -> None:
    """The zone is taken into account: half past eleven one hour west is the next day."""
    moment = datetime(2026, 11, 17, 0, 30, 5, tzinfo=UTC)
    expected = Request("192.0.2.7", int(moment.timestamp()), "2026-11-17", "GET", "/a", 200, "")
    assert expected == parse_ncsa(COMMON)


def test_a_combined_line_tells_the_agent() -> None:
    """The agent is read past a referrer and escaped quotes."""
    request = parse_ncsa(COMMON + r' "https://x.example/?q=\"a\"" "Some\"Bot/1.0"')
    assert request is not None
    assert request.agent == 'Some"Bot/1.0'


def test_times_of_one_log_are_seconds_apart() -> None:
    """Two lines a minute and five seconds apart differ by sixty-five."""
    later = parse_ncsa(COMMON.replace("23:30:05", "23:31:10"))
    first = parse_ncsa(COMMON)
    assert later is not None
    assert first is not None
    assert later.at - first.at == 65


def test_an_epa_line_becomes_a_request_without_a_day() -> None:
    """The archive's times have a day of the month only."""
    request = parse_epa('host00001 [30:01:02:03] "GET /docs/a "b".html HTTP/1.0" 200 -')
    assert request == Request(
        "host00001", ((30 * 24 + 1) * 60 + 2) * 60 + 3, None, "GET", '/docs/a "b".html', 200, ""
    )


def test_an_old_request_without_a_protocol_is_read() -> None:
    """HTTP/0.9 named a method and a path."""
    request = parse_epa('h [30:01:02:03] "GET /docs/a" 200 1')
    assert request is not None
    assert request.target == "/docs/a"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        COMMON.replace("Nov", "Nuv"),
        COMMON.replace("16/", "99/"),
        COMMON.replace('"GET /a?b=c HTTP/1.1"', '""'),
        COMMON.replace('"GET /a?b=c HTTP/1.1"', '"/a"'),
        COMMON.replace(" 200 ", " OK "),
        COMMON.removesuffix(" 512"),
        "x" * 60_000,
        '"' * 60_000,
        "[" * 30_000 + "]" * 30_000,
        r"\"" * 30_000,
    ],
)
def test_other_lines_are_not_requests(line: str) -> None:
    """Nothing is guessed from a line that is not in the format; hostile ones take no time to refuse."""
    assert parse_ncsa(line) is None
    assert parse_epa(line) is None


def test_a_query_is_not_kept() -> None:
    """What was typed into a form stays in the line; a path of nothing but a query is the site's own."""
    for asked, target in (("/a?b", "/a"), ("/a#b?c", "/a"), ("?b", ""), ("/a b?c d", "/a b")):
        request = parse_ncsa(COMMON.replace("/a?b=c", asked))
        assert request is not None, asked
        assert request.target == target


def test_characters_that_stand_for_others_make_no_record() -> None:
    """A noncharacter in a line could be taken for a masked quotation mark, so that none is read."""
    assert [parse_ncsa(COMMON.replace("b=c", mask)) for mask in RESERVED] == [None] * 3
    assert parse_ncsa(COMMON.replace("b=c", "\ufdd3")) is not None


def test_a_host_is_no_longer_than_a_name_may_be() -> None:
    """RFC 1035: 255 octets."""
    assert parse_ncsa(COMMON.replace("192.0.2.7", "h" * 255)) is not None
    assert parse_ncsa(COMMON.replace("192.0.2.7", "h" * 256)) is None


@pytest.mark.parametrize(
    "line",
    [
        COMMON.split('"')[0] + '"GET /' + " " * 60_000,
        COMMON.split('"')[0] * 1500,
        COMMON.split('"')[0] + '"GET /' + "?" * 60_000,
        COMMON.split('"')[0] + '"GET /' + ' HTTP/1.1"' * 6000,
        'h [30:01:02:03] "GET /' + '" 200 1 ' * 8000 + "x",
    ],
)
def test_hostile_lines_cost_no_more_than_their_length(line: str) -> None:
    """Sixty thousand characters that nearly fit are refused in a moment, not in minutes."""
    started = process_time()
    assert parse_ncsa(line) is None or parse_epa(line) is None
    assert process_time() - started < 2
