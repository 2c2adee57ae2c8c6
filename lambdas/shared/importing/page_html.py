"""What a page says of itself in its markup: its head, its structured data and the marks of its elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from consent_ledger.errors import Malformed
from edge_client.wire.marks import MARK, MarkKind
from lambdas.shared.importing.json_files import mapping, read_json
from lambdas.shared.importing.limits import LONGEST_PAGE_BYTES, MOST_NAMED
from lambdas.shared.importing.texts import LONGEST_SUMMARY, LONGEST_TITLE, language_of, line_of, token_of

MOST_NODES: Final = 200
# As the page's own script reads them: longer descriptions and more marks are no page's.
_LONGEST_DATA: Final = 100_000
_MOST_MARKS: Final = 50
SERVICE: Final = "GovernmentService"
_TYPES: Final = (SERVICE, "FAQPage", "Event")
_METAS: Final = {"govuk:format": MarkKind.FORMAT, "govuk:content-id": MarkKind.CONTENT}
_ATTRIBUTES: Final = {"data-audience": MarkKind.AUDIENCE, "data-lifeevents": MarkKind.LIFE_EVENT}
_OF_THE_PAGE: Final = ("html", "body", "main", "script")
_TOPIC: Final = ("govuk:themes", "govuk:section", "article:section")
_MODIFIED: Final = (
    "article:modified_time",
    "govuk:public-updated-at",
    "govuk:updated-at",
    "dcterms.modified",
)
_BETWEEN: Final = "|"
_MARK: Final = re.compile(MARK)
_LONGEST_MARK: Final = 200


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What was read; texts are lines without markup, and empty where the page does not say.

    `canonical` and `alternates` (by language) are as they are written. `leads_on` is where the page sends
    its readers at once. `topic` is a token. `types` are schema.org's, of the three that are known here.
    """

    title: str = ""
    summary: str = ""
    lang: str = ""
    canonical: str = ""
    alternates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    modified: str = ""
    topic: str = ""
    types: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    is_unlisted: bool = False
    leads_on: str = ""

    def marked(self, kind: MarkKind) -> tuple[str, ...]:
        """The tokens of the marks of a kind."""
        return tuple(mark.partition(":")[2] for mark in self.marks if mark.startswith(f"{kind}:"))


def read_page(raw: bytes) -> PageFacts:
    """Read a page's HTML, however broken; raises `Malformed` for none at all, and for a page that is too
    long.

    Nothing is fetched and nothing is run. Marks are read as `edge_client/web/signals/marks.js` reads them.
    """
    root = _root(raw)
    metas = _metas(root)
    nodes = [node for script in root.iter("script") for node in _nodes(script)]
    links = list(root.iter("link"))
    return PageFacts(
        title=line_of(metas.get("og:title") or _title(root), LONGEST_TITLE),
        summary=line_of(metas.get("description") or metas.get("og:description"), LONGEST_SUMMARY),
        lang=language_of(root.get("lang") or metas.get("content-language")),
        canonical=next((href for href in _linked(links, "canonical")), ""),
        alternates=_alternates(links),
        modified=_first(metas, _MODIFIED) or line_of(_said(nodes, "dateModified"), 40),
        topic=token_of(_said(nodes, "serviceType") or _first(metas, _TOPIC)),
        types=tuple(each for each in _TYPES if any(each in _all(node.get("@type")) for node in nodes)),
        marks=_marks(root, metas, nodes),
        is_unlisted="noindex" in metas.get("robots", "").lower(),
        leads_on=_leads_on(metas.get("refresh", "")),
    )


def _root(raw: bytes) -> Any:
    if len(raw) > LONGEST_PAGE_BYTES:
        raise Malformed("page: too long")
    encoding = "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        # The page's own word for it, as browsers take it.
        encoding = ""
    parser = etree.HTMLParser(
        encoding=encoding or None, no_network=True, recover=True, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, etree.ParserError, ValueError, LookupError):
        root = None
    if root is None or root.tag != "html":
        raise Malformed("page: no html")
    return root


def _metas(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("name") or meta.get("property") or meta.get("http-equiv") or ""
        content = meta.get("content")
        if content and content.strip():
            found.setdefault(name.strip().lower(), content)
    return found


def _title(root: Any) -> str:
    # A drawing in the page has titles too.
    title = root.find("head/title")
    return "" if title is None else str(title.text or "")


def _linked(links: list[Any], rel: str) -> Iterator[str]:
    for link in links:
        if rel in (link.get("rel") or "").lower().split() and link.get("href"):
            yield link.get("href").strip()


def _alternates(links: list[Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for link in links:
        lang = language_of(link.get("hreflang"))
        if lang and "alternate" in (link.get("rel") or "").lower().split() and link.get("href"):
            found.setdefault(lang, link.get("href").strip())
    return MappingProxyType(dict(list(found.items())[:MOST_NAMED]))


def _nodes(script: Any) -> list[dict[str, Any]]:
    if (script.get("type") or "").strip().lower() != "application/ld+json":
        return []
    text = script.text or ""
    if len(text) > _LONGEST_DATA:
        return []
    try:
        value = read_json(text.encode("utf-8", "replace"), noun="page: structured data")
    except Malformed:
        return []
    graph = mapping(value).get("@graph")
    return [mapping(node) for node in (graph if isinstance(graph, list) else _all(value))[:MOST_NODES]]


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _said(nodes: list[dict[str, Any]], name: str) -> str:
    for node in nodes:
        for value in _all(node.get(name)):
            text = value if isinstance(value, str) else mapping(value).get("name")
            if isinstance(text, str) and text.strip():
                return text
    return ""


def _marks(root: Any, metas: dict[str, str], nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    said: list[tuple[MarkKind, Any]] = []
    for node in nodes:
        types = [each for each in _TYPES if each in _all(node.get("@type"))]
        said += [(MarkKind.TYPE, each) for each in types]
        if SERVICE in types:
            said += [(MarkKind.SERVICE, each) for each in _all(node.get("serviceType"))]
            said += [(MarkKind.AUDIENCE, _audience(each)) for each in _all(node.get("audience"))]
    said += [(kind, metas[name]) for name, kind in _METAS.items() if name in metas]
    for element in root.iter(*_OF_THE_PAGE):
        for name, kind in _ATTRIBUTES.items():
            said += [(kind, each) for each in (element.get(name) or "").split(_BETWEEN)[:MOST_NAMED]]
    marks = [f"{kind}:{_mark_token(text)}" for kind, text in said if isinstance(text, str)]
    return tuple(dict.fromkeys(mark for mark in marks if _MARK.fullmatch(mark)))[:_MOST_MARKS]


def _mark_token(text: str) -> str:
    """In small letters, words joined by hyphens; what is no short token then is no mark."""
    return re.sub(r"[\s_]+", "-", text.strip().lower()) if len(text) <= _LONGEST_MARK else ""


def _audience(value: Any) -> Any:
    said = mapping(value)
    return value if isinstance(value, str) else said.get("audienceType") or said.get("name")


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str:
    # Several themes are listed with commas; the first is the page's own.
    found = next((metas[name] for name in names if name in metas), "")
    return line_of(found.split(",")[0], LONGEST_TITLE)


def _leads_on(refresh: str) -> str:
    found = re.search(r";\s*url\s*=\s*['\"]?([^'\"]+)", refresh, re.IGNORECASE)
    return found[1].strip() if found else ""
