"""Content items of GOV.UK's content store: an object a page, in JSON (docs.publishing.service.gov.uk)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from consent_ledger.errors import Malformed
from edge_client.wire.marks import MarkKind
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.gathering import Asked, Gathering
from lambdas.shared.importing.govuk_types import NO_PAGES, kind_of
from lambdas.shared.importing.imported import DraftItem, Imported
from lambdas.shared.importing.json_files import listed, mapping, pointer, read_json
from lambdas.shared.importing.limits import DEEPEST_JSON, MOST_NAMED
from lambdas.shared.importing.texts import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    language_of,
    line_of,
    markup_line,
    token_of,
)

SUFFIXES: Final = (".json", ".jsonl")


def import_content_items(files: Mapping[str, bytes], asked: Asked) -> Imported:
    """Read files by path: of each an item, a list of items, or an item a line. Raises `Malformed` where no
    file is one of that."""
    gathering = Gathering(asked)
    readable = 0
    for name in sorted(files):
        try:
            found = list(_items(name, files[name]))
        except Malformed as error:
            gathering.leave_out(name, str(error), "give content items as the content store answers them")
            continue
        readable += 1
        for place, value in found:
            _take(gathering, place, mapping(value))
    if not readable:
        raise Malformed("content items: no file of them")
    return gathering.imported()


def _items(name: str, raw: bytes) -> Iterator[tuple[str, Any]]:
    if name.endswith(".jsonl"):
        for number, line in enumerate(raw.split(b"\n"), 1):
            if line.strip():
                yield f"{name} line {number}", read_json(line, noun="content items")
        return
    value = read_json(raw, noun="content items")
    if isinstance(value, list):
        yield from ((f"{name}#{pointer(number)}", each) for number, each in enumerate(value))
    else:
        yield name, value


def _take(gathering: Gathering, place: str, item: Mapping[str, Any]) -> None:
    path = item.get("base_path")
    if not isinstance(path, str):
        gathering.leave_out(place, "has no base_path, so that it is no page", "leave it out")
        return
    document_type = token_of(item.get("document_type")) or token_of(item.get("schema_name"))
    if document_type == "redirect":
        _redirects(gathering, place, item)
        return
    if document_type in NO_PAGES:
        gathering.leave_out(place, "is no page any longer, or none of this site", "leave it out")
        return
    if mapping(item.get("withdrawn_notice")) or item.get("withdrawn") is True:
        gathering.leave_out(place, "is withdrawn", "leave it out: it stays for the record alone")
        return
    known = gathering.address(place, path)
    if known is not None:
        gathering.add(_draft(gathering, place, known, item, document_type=document_type))


def _draft(
    gathering: Gathering, place: str, item_id: ItemId, item: Mapping[str, Any], *, document_type: str
) -> DraftItem:
    links = mapping(item.get("links"))
    topics = _topics(links)
    if len(topics) > 1:
        gathering.say(
            place,
            "is tagged with several topics; the first was taken",
            "choose the one that it is most about",
        )
    marks = (MarkKind.FORMAT, document_type), (MarkKind.CONTENT, token_of(item.get("content_id")))
    return DraftItem(
        id=item_id,
        place=place,
        title=markup_line(item.get("title"), LONGEST_TITLE),
        summary=markup_line(item.get("description"), LONGEST_SUMMARY),
        topic=topics[0] if topics else "",
        # The document type says it; where there is none nobody does.
        kind=kind_of(document_type) if document_type else None,
        lang=language_of(item.get("locale")),
        translations=_translations(gathering, links),
        marks=tuple(f"{kind}:{token}" for kind, token in marks if token and token.isascii()),
        modified=line_of(item.get("public_updated_at") or item.get("updated_at"), 40),
    )


def _redirects(gathering: Gathering, place: str, item: Mapping[str, Any]) -> None:
    found = [mapping(each) for each in listed(item.get("redirects"))]
    if not found:
        gathering.leave_out(place, "leads on, and does not say where", "leave it out")
    for redirect in found:
        old = gathering.address(place, redirect.get("path"), quietly=True)
        if old is None:
            gathering.leave_out(
                place, "leads on from an address that is no page of this site", "leave it out"
            )
        else:
            gathering.move(place, old, redirect.get("destination"))


def _topics(links: Mapping[str, Any]) -> list[str]:
    """Of each taxon the topmost above it; without any, the browse page's section or the policy area."""
    tops = [_top(mapping(taxon)) for taxon in listed(links.get("taxons"))[:MOST_NAMED]]
    browsed = [
        line_of(mapping(page).get("base_path"), LONGEST_TITLE).split("/")[2:3]
        for page in listed(links.get("mainstream_browse_pages"))[:MOST_NAMED]
    ]
    areas = [mapping(area).get("title") for area in listed(links.get("policy_areas"))[:MOST_NAMED]]
    for names in (tops, [name for each in browsed for name in each], areas):
        tokens = list(dict.fromkeys(token for name in names if (token := token_of(name))))
        if tokens:
            return tokens
    return []


def _top(taxon: dict[str, Any]) -> Any:
    for _ in range(DEEPEST_JSON):
        above = [mapping(each) for each in listed(mapping(taxon.get("links")).get("parent_taxons"))[:1]]
        if not above or not above[0].get("title"):
            break
        taxon = above[0]
    return taxon.get("title")


def _translations(gathering: Gathering, links: Mapping[str, Any]) -> dict[str, ItemId]:
    found: dict[str, ItemId] = {}
    for each in listed(links.get("available_translations"))[:MOST_NAMED]:
        said = mapping(each)
        lang, path = (
            language_of(said.get("locale")),
            gathering.address("", said.get("base_path"), quietly=True),
        )
        if lang and path is not None:
            found.setdefault(lang, path)
    return found
