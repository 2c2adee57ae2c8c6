"""Logs and tables with everything in them that engines might read differently; no visitor wrote any."""

from __future__ import annotations

import random
from collections.abc import Callable

from model_export.counting.fields import RESERVED
from model_export.counting.reading import Format

HOSTS = (
    "192.0.2.1",
    "192.0.2.2",
    "h\u00f4te.example",
    r"a\"b",
    "x" * 256,
    *(f"198.51.100.{n}" for n in range(9)),
)
PATHS = (
    "/", "/a", "/b/", "/c?x=1", "/d#top", "/a?y=\u00e9", "/born/1980-02-29", "/caf\u00e9", "/caf%C3%A9", "/A",
    "/style.CSS", "/x.pdf", "/two words", r"/quo\"te", r"/back\\", "/%2e%2e/a", "?only=query",
    "http://other.example/b?c", "/long" * 300, "/\u0130stanbul",
    "/\U0001f600", "/id/123456789", "*", "/tab\there",
)  # fmt: skip
AGENTS = ("Mozilla/5.0", "ExampleBot/2.1", "", r"Say \"hello\" bot/", "\u017fpider", "CURL/8", "K\u212aawler")
METHODS = ("GET",) * 16 + ("POST", "HEAD", "get", "PROPFIND")
STATUSES = ("200",) * 24 + ("304", "301", "404", "299", "20", "2000")
ZONES = ("+0000",) * 16 + ("-0100", "+0530", "+1400", "+2359", "+2400", "-9999")
DAYS = ("16/Nov/2026",) * 40 + (
    "17/Nov/2026", "29/Feb/2024", "29/Feb/2023", "29/Feb/2100", "31/Apr/2026", "01/Jan/1970", "31/Dec/2999",
    "00/Nov/2026", "32/Jan/2026", "01/Foo/2026", "01/Jan/1969", "28/Feb/2000", "29/Feb/2000", "01/Mar/2000",
)  # fmt: skip
PROTOCOLS = (" HTTP/1.1",) * 6 + (" HTTP/1.0 ", "", " HTTP/2", " HTTP/1.1          ", " FTP/1")
ODDITIES: tuple[bytes, ...] = (
    b"", b"\r", b"nonsense", b"\xff\xfe broken \xc3( utf-8", b"x" * 65_535, b"x" * 65_536, b'"' * 500,
    b"\\" * 501, *(mask.encode() for mask in RESERVED), b" ", b"\t", b"," * 9, "\u2028\u0085".encode(),
)  # fmt: skip


def nasty(format_: Format, seed: int, *, lines: int) -> bytes:
    """A file of that format: records good and bad, out of order, with other bytes between them."""
    rng = random.Random(seed)
    record = _RECORDS[format_]
    rows = [_odd(rng) if rng.random() < 0.05 else record(rng).encode() for _ in range(lines)]
    if format_ in _HEADERS:
        rows.insert(0, _HEADERS[format_])
    if format_ is Format.NCSA:
        rows += [_hurried(at) for at in range(70)]
    end = rng.choice([b"\n", b"\r\n"])
    begin = b"\xef\xbb\xbf" if rng.random() < 0.3 else b""
    return begin + end.join(rows) + rng.choice([b"", end])


def _odd(rng: random.Random) -> bytes:
    return rng.choice(ODDITIES)


def _hurried(at: int) -> bytes:
    return f'203.0.113.9 - - [18/Nov/2026:09:00:{at // 2:02} +0000] "GET /p{at} HTTP/1.1" 200 5'.encode()


def _clock(rng: random.Random) -> str:
    if rng.random() < 0.05:
        return rng.choice(["24:00:00", "23:60:00", "23:59:60", "23:59:99"])
    return f"{rng.randrange(9, 11):02}:{rng.randrange(60):02}:{rng.randrange(0, 60, 7):02}"


def _ncsa(rng: random.Random) -> str:
    request, host = f"{rng.choice(METHODS)} {rng.choice(PATHS)}{rng.choice(PROTOCOLS)}", rng.choice(HOSTS)
    if rng.random() < 0.01:
        request, host = "GET /robots.txt?x HTTP/1.1", rng.choice(HOSTS[:4])
    line = (
        f"{host} - {rng.choice(['-', 'a b', 'frank'])} "
        f"[{rng.choice(DAYS)}:{_clock(rng)} {rng.choice(ZONES)}] "
        f'"{request}" {rng.choice(STATUSES)} {rng.choice(["-", "512"])}'
    )
    if rng.random() < 0.7:
        line += f' "{rng.choice(PATHS)}" "{rng.choice(AGENTS)}"'
    return line + rng.choice(["", "", " 0.012 more", " \u00e9"])


def _epa(rng: random.Random) -> str:
    request = f"{rng.choice(METHODS)} {rng.choice(PATHS)}{rng.choice(['', ' a'])}{rng.choice(PROTOCOLS)}"
    day = rng.choice(["29", "30", "30", "31", "99"])
    return f'{rng.choice(HOSTS)} [{day}:{_clock(rng)}] "{request}" {rng.choice(STATUSES)} 5' + rng.choice(
        ["", " "]
    )


def _field(rng: random.Random, text: str) -> str:
    style = rng.random()
    quoted = text.replace('"', '""')
    return text if style < 0.7 else f'"{quoted}"' if style < 0.95 else f'"{text}'


def _number(rng: random.Random) -> str:
    return _field(
        rng, rng.choice([str(rng.randrange(1, 50)), " 7 ", "0", "-1", "1.5", "9" * 13, "007", "\u0663"])
    )


def _sessions(rng: random.Random) -> str:
    pages = [rng.choice(PATHS[:18]).replace('"', "") for _ in range(rng.randrange(0, 30))]
    return f"{_number(rng)},{_field(rng, '>>'.join(pages))}"


def _moves(rng: random.Random) -> str:
    pages = (rng.choice([*PATHS, 'say "so"']) for _ in range(2))
    return ",".join([*(_field(rng, page) for page in pages), _number(rng)])


_RECORDS: dict[Format, Callable[[random.Random], str]] = {
    Format.NCSA: _ncsa,
    Format.EPA: _epa,
    Format.SESSIONS: _sessions,
    Format.MOVES: _moves,
}
_HEADERS = {
    Format.SESSIONS: b"occurrences,page_sequence",
    Format.MOVES: b"source_path,destination_path,moves",
}
