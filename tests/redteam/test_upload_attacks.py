"""Somebody with an author's session uploads what was made to harm, or imports from a site that was."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from itertools import count, repeat

import httpx
import pytest

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Weight
from lambdas.shared.importing.limits import (
    DEEPEST_JSON,
    LONGEST_FRONT_MATTER_BYTES,
    LONGEST_PAGE_BYTES,
    MOST_PROBLEMS,
)
from lambdas.shared.importing.page_html import read_page
from lambdas.shared.importing.spreadsheet import import_spreadsheet
from lambdas.shared.importing.spreadsheet_cells import print_problems
from lambdas.shared.importing.uploads import SourceKind, import_upload
from nearside.importing.site_client import SiteClient

ASKED = Asked(host="www.riverton.example", lang="en")
SITEMAP = "<urlset><url><loc>{}</loc></url></urlset>"


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files, in this order."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data, compress_type=method)
    return raw.getvalue()


def link() -> zipfile.ZipInfo:
    """An entry that is a symbolic link."""
    made = zipfile.ZipInfo("a.md")
    made.external_attr = 0o120777 << 16
    return made


def flagged(raw: bytes, offset: int, value: int) -> bytes:
    """An archive whose central directory says something else at an offset of its first entry."""
    at = raw.index(b"PK\x01\x02") + offset
    return raw[:at] + struct.pack("<H", value) + raw[at + 2 :]


PAGE = ("a.md", b"---\ntitle: A\n---\n")
ARCHIVES = {
    "a path above": packed(("../a.md", b"x")),
    "a path from the root": packed(("/etc/a.md", b"x")),
    "a path of another system": packed(("..\\a.md", b"x")),
    "a drive": packed(("C:/a.md", b"x")),
    "a control character": packed(("a\x1b.md", b"x")),
    "a link": packed((link(), b"/etc/passwd")),
    "a password": flagged(packed(PAGE), 8, 1),
    "a rare method": packed(PAGE, method=zipfile.ZIP_LZMA),
    "a bomb": packed(("a.md", b"-" * 40_000_000)),
    "a bomb of many": packed(*((f"{n}.md", b"-" * 400_000) for n in range(60))),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_plays_tricks_is_refused_whole(name: str) -> None:
    """Nothing of it is read, and it is told in words that quote nothing of it."""
    with pytest.raises(Refused, match=r"^archive: [a-z ,']+$"):
        import_upload(SourceKind.ISOMER, ARCHIVES[name], ASKED)


def test_an_archive_with_a_file_twice_is_refused() -> None:
    """Of two files of a name one reader takes the first and another the last."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = packed(PAGE, PAGE)
    with pytest.raises(Refused, match="twice"):
        import_upload(SourceKind.ISOMER, raw, ASKED)


def test_a_bomb_is_put_down_before_it_is_unpacked() -> None:
    """No more of it is ever in memory than an archive of its length may hold."""
    raw = packed(("a.md", b"-" * 60_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            import_upload(SourceKind.ISOMER, raw, ASKED)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 30_000_000


def test_an_archive_that_lies_about_a_size_is_not_believed() -> None:
    """A directory that says ten bytes of what unpacks into more: no more than it says is ever taken."""
    raw = packed(("a.md", b"---\ntitle: A\n---\n" + b"-" * 1000))
    at = raw.index(b"PK\x01\x02") + 24
    with pytest.raises((Malformed, Refused), match=r"^archive: "):
        import_upload(SourceKind.ISOMER, raw[:at] + struct.pack("<I", 10) + raw[at + 4 :], ASKED)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SITEMAP.format("&x;"),
        '<!DOCTYPE u [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + SITEMAP.format("&b;"),
        '<!DOCTYPE u SYSTEM "http://127.0.0.1/x.dtd">' + SITEMAP.format("/a"),
        "<a>" * 5000 + "</a>" * 5000,
        SITEMAP.format("&undeclared;"),
    ],
)
def test_a_sitemap_reads_no_file_and_grows_by_no_entity(text: str) -> None:
    """Document types are refused before anything in them is looked at."""
    with pytest.raises(Malformed, match=r"^sitemap: "):
        import_upload(SourceKind.SITEMAP, text.encode(), ASKED)


def test_an_inclusion_in_a_sitemap_includes_nothing() -> None:
    """XInclude is markup like any other: the address is what is written, and that is none."""
    text = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    found = import_upload(SourceKind.SITEMAP, SITEMAP.format(text).encode(), ASKED)
    assert (found.items, found.count(Weight.LEFT_OUT)) == ((), 1)


FRONTS = {
    "an alias": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "a deep list": "a: " + "[" * 500 + "]" * 500,
    "a deep mapping": "a: " + "{a: " * 50 + "}" * 50,
    "a key that is a list": "? [a]\n: b",
    "much of it": "x" * (LONGEST_FRONT_MATTER_BYTES + 1),
}


@pytest.mark.parametrize("name", FRONTS)
def test_front_matter_is_text_and_nothing_else(name: str) -> None:
    """No alias grows it and no depth ends the process; the page is left out and told, others stay."""
    raw = packed(("a.md", f"---\n{FRONTS[name]}\n---\n".encode()), ("b.md", b"---\ntitle: B\n---\n"))
    found = import_upload(SourceKind.ISOMER, raw, ASKED)
    assert [item.id for item in found.items] == ["/b.html"]
    assert [each.place for each in found.problems if each.weight is Weight.LEFT_OUT] == ["a.md"]


def test_a_tag_in_front_matter_makes_no_object() -> None:
    """Nothing is called, whatever it names: it is a list of texts, and so no title."""
    raw = b"---\ntitle: !!python/object/apply:os._exit [3]\npermalink: /a\n---\n"
    (draft,) = import_upload(SourceKind.ISOMER, raw, ASKED).items
    assert (draft.id, draft.title) == ("/a", "")


@pytest.mark.parametrize("kind", [SourceKind.GOVUK, SourceKind.ISOMER_NEXT])
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * (DEEPEST_JSON + 1) + b"]" * (DEEPEST_JSON + 1),
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"base_path":' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
    ],
)
def test_json_that_nests_or_counts_without_end_is_refused(kind: SourceKind, raw: bytes) -> None:
    """Before a reader that calls itself has seen it."""
    with pytest.raises(Malformed):
        import_upload(kind, raw, ASKED)


def test_markup_reaches_no_field_of_a_draft() -> None:
    """A page's own scripts and a title's markup are text of one line, cut at its length."""
    item = {
        "base_path": "/a",
        "title": "<img src=x onerror=alert(1)>A\u0000\u2028B",
        "description": "x " * 5000,
        "locale": 'en"><script>',
        "document_type": "guide",
    }
    (draft,) = import_upload(SourceKind.GOVUK, json.dumps(item).encode(), ASKED).items
    assert (draft.title, draft.lang) == ("A B", "en")
    assert len(draft.summary) <= 500


def test_a_page_of_any_depth_and_length_is_read_or_refused() -> None:
    """Deep and broken markup ends with what could be read; what is too long is not read at all."""
    deep = b"<html lang=en><title>A</title>" + b"<div>" * 50_000 + b"<script data-audience=x>"
    assert read_page(deep).title == "A"
    with pytest.raises(Malformed, match="too long"):
        read_page(b"<html>" + b" " * LONGEST_PAGE_BYTES)


def test_a_report_ends_however_much_is_wrong() -> None:
    """Beyond so many problems they are counted, and no cell of the report is a formula."""
    rows = "path\n" + "=cmd()\n" * (MOST_PROBLEMS + 50)
    found = import_spreadsheet(rows.encode(), ASKED)
    assert len(found.problems) <= MOST_PROBLEMS + len(Weight)
    assert found.items == ()
    assert b"\n=" not in print_problems(found.problems)


# Each kind of network that is somebody's own, and each way to write such an address in one of version 6.
INSIDE = (
    "10.0.0.5", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "224.0.0.1", "::1",
    "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.5", "2002:a00:5::1", "64:ff9b::a00:5", "::",
)  # fmt: skip


SECRET = b"secret of an inner network"


class Stream:
    """A connection that says whom it leads to."""

    def __init__(self, peer: str) -> None:
        self.peer = peer

    def get_extra_info(self, name: str) -> tuple[str, int] | None:
        """The other side's address."""
        return (self.peer, 443) if name == "server_addr" else None


def client(
    *resolved: str, peer: str = "93.184.215.14", body: Iterable[bytes] = (SECRET,)
) -> tuple[SiteClient, list[str]]:
    """A client whose site's name leads to these addresses, and connects to that; and what it asked for."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=iter(body), extensions={"network_stream": Stream(peer)})

    made = httpx.Client(transport=httpx.MockTransport(answer))
    return SiteClient("www.riverton.example", made, lambda _: resolved), asked


@pytest.mark.parametrize("address", INSIDE)
def test_a_site_whose_name_leads_inside_is_not_asked(address: str) -> None:
    """Its name's addresses are looked at before anything is sent; one inside is enough to refuse."""
    inside, asked = client("93.184.215.14", address)
    with pytest.raises(Refused, match="network of its own"):
        inside.get("https://www.riverton.example/a", most_bytes=100)
    assert asked == []


def test_a_name_that_leads_elsewhere_a_moment_later_is_not_read() -> None:
    """Whom the connection reached is looked at again, before a byte of the answer is read."""
    rebound, asked = client("93.184.215.14", peer="169.254.169.254")
    with pytest.raises(Refused, match="network of its own"):
        rebound.get("https://www.riverton.example/a", most_bytes=100)
    assert len(asked) == 1
    sound, _ = client("93.184.215.14")
    assert sound.get("https://www.riverton.example/a", most_bytes=100).body == SECRET


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.example/a", "https://www.riverton.example:8443/a", "http://www.riverton.example/a",
     "https://me@www.riverton.example/a", "ftp://www.riverton.example/a"],
)  # fmt: skip
def test_no_other_host_and_no_plain_http_is_asked(url: str) -> None:
    """One host by https, whatever a page names."""
    made, asked = client("93.184.215.14")
    with pytest.raises(Refused):
        made.get(url, most_bytes=100)
    assert asked == []


def test_an_answer_that_never_ends_is_left() -> None:
    """A byte now and then keeps a connection alive, and nobody waiting: by the minute, whatever was sent."""
    ticks = count(0, 25)
    sound, _ = client("93.184.215.14", body=repeat(b"."))
    patient = replace(sound, now=lambda: float(next(ticks)))
    with pytest.raises(Refused, match="takes too long"):
        patient.get("https://www.riverton.example/a", most_bytes=10**9)
    assert next(ticks) == 100
