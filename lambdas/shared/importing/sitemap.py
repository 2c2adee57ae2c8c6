"""Sitemaps and indexes of them (sitemaps.org protocol 0.9), as XML that may come from anybody."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from consent_ledger.errors import Malformed
from lambdas.shared.importing.limits import LONGEST_FILE_BYTES, MOST_NAMED, MOST_PAGES, MOST_SITEMAPS
from lambdas.shared.importing.texts import language_of, line_of

_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of a sitemap: its address and those of its other languages as written, and its line."""

    address: str
    modified: str
    alternates: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a file lists: pages, or further sitemaps by address; and how many more than may be."""

    pages: tuple[Entry, ...] = ()
    sitemaps: tuple[str, ...] = ()
    unread: int = 0


def parse_sitemap(raw: bytes) -> Sitemap:
    """Read a sitemap or an index, gzipped or not. Raises `Malformed`, also for any document type
    declaration: no sitemap needs one, and entities are how a small file grows into gigabytes or reads other
    files."""
    root = _root(_plain(raw))
    match etree.QName(root).localname:
        case "urlset":
            listed = [_entry(node) for node in _children(root, "url")]
            return Sitemap(pages=tuple(listed[:MOST_PAGES]), unread=max(0, len(listed) - MOST_PAGES))
        case "sitemapindex":
            named = [_text(node, "loc") for node in _children(root, "sitemap")]
            return Sitemap(sitemaps=tuple(named[:MOST_SITEMAPS]), unread=max(0, len(named) - MOST_SITEMAPS))
        case _:
            raise Malformed("sitemap: neither a list of pages nor one of sitemaps")


def _plain(raw: bytes) -> bytes:
    if len(raw) > LONGEST_FILE_BYTES:
        raise Malformed("sitemap: too long")
    if not raw.startswith(_GZIP):
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            data = packed.read(LONGEST_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Malformed("sitemap: broken gzip") from None
    if len(data) > LONGEST_FILE_BYTES:
        raise Malformed("sitemap: too long")
    return data


def _root(raw: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("sitemap: not xml") from None
    tree = root.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise Malformed("sitemap: a document type declaration")
    return root


def _children(node: Any, name: str) -> list[Any]:
    # Of any namespace: those of the protocol's first version are still about.
    return [each for each in node if isinstance(each.tag, str) and etree.QName(each).localname == name]


def _text(node: Any, name: str) -> str:
    found = _children(node, name)
    return "".join(found[0].itertext()).strip() if found else ""


def _entry(node: Any) -> Entry:
    alternates = {
        lang: link.get("href", "").strip()
        for link in _children(node, "link")[:MOST_NAMED]
        if link.get("rel") == "alternate" and (lang := language_of(link.get("hreflang")))
    }
    modified = line_of(_text(node, "lastmod"), 40)
    return Entry(_text(node, "loc"), modified, MappingProxyType(alternates), int(node.sourceline or 0))
