"""Isomer Next: a JSON file a page, whose path is its address, or the tree of pages that a build writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from consent_ledger.errors import Malformed
from edge_client.wire.catalogue import ItemKind
from lambdas.shared.importing.gathering import Asked, Gathering
from lambdas.shared.importing.imported import DraftItem, Imported
from lambdas.shared.importing.json_files import listed, mapping, pointer, read_json
from lambdas.shared.importing.limits import MOST_PAGES
from lambdas.shared.importing.texts import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    language_of,
    line_of,
    markup_line,
    token_of,
)

SUFFIXES: Final = (".json",)
_FOLDER: Final = "schema/"
_CONFIG: Final = "data/config.json"
_INDEXES: Final = ("index", "_index")
_NO_PAGES: Final = {
    "file": "is a file to download",
    "link": "is a link to something elsewhere",
    "notfound": "is what the site says when there is no page",
    "search": "is the site's search",
}
_DRAFTS: Final = ("draft", "unpublished", "scheduled", "archived")


def import_isomer_next(files: Mapping[str, bytes], asked: Asked) -> Imported:
    """Read a site's files by path: pages below `schema/`, or one tree of pages (`sitemap.json`).

    Raises `Malformed` where none of both is there.
    """
    gathering = Gathering(asked)
    pages = {name.removeprefix(_FOLDER): raw for name, raw in files.items() if name.startswith(_FOLDER)}
    lang = _language(gathering, files)
    if not pages:
        trees = [name for name in files if name.rpartition("/")[2] == "sitemap.json"] or list(files)
        if len(trees) != 1:
            raise Malformed("isomer next: neither pages below schema nor one sitemap.json")
        _tree(gathering, read_json(files[trees[0]], noun="isomer next"), place=trees[0], lang=lang)
        return gathering.imported()
    for name in sorted(pages):
        if name.endswith(SUFFIXES):
            _page(gathering, name, pages[name], lang=lang)
    return gathering.imported()


def _page(gathering: Gathering, name: str, raw: bytes, *, lang: str) -> None:
    place = f"{_FOLDER}{name}"
    try:
        value = read_json(raw, noun="page")
    except Malformed as error:
        gathering.leave_out(place, str(error), "mend the file, or leave it out")
        return
    body, page = mapping(value), mapping(mapping(value).get("page"))
    if not page:
        gathering.leave_out(f"{place}#/page", "says nothing of itself", "give it a page with a title")
        return
    if _is_left_out(gathering, body, page, place=place):
        return
    *folders, last = name.removesuffix(".json").split("/")
    path = "/".join([*folders, *([] if last in _INDEXES else [last])])
    item = gathering.address(place, page.get("permalink") or f"/{path}")
    if item is None:
        return
    layout = token_of(body.get("layout"))
    gathering.add(
        DraftItem(
            id=item,
            place=place,
            title=markup_line(page.get("title"), LONGEST_TITLE),
            summary=_summary(body, page),
            topic=token_of(folders[0]) if folders else token_of(page.get("category")),
            kind=ItemKind.INFORMATION if layout == "article" else None,
            lang=language_of(page.get("lang") or page.get("language")) or lang,
            modified=line_of(page.get("lastModified") or page.get("date"), 40),
        )
    )


def _tree(gathering: Gathering, value: Any, *, place: str, lang: str) -> None:
    """Pages within pages; as deep as JSON is read, without calls in calls."""
    ahead: list[tuple[str, Any]] = [("", value)]
    seen = 0
    while ahead and seen <= MOST_PAGES:
        seen += 1
        at, node = ahead.pop()
        said = mapping(node)
        where = f"{place}#{at}"
        children = listed(said.get("children"))
        ahead += [(f"{at}{pointer('children', number)}", child) for number, child in enumerate(children)][
            ::-1
        ]
        if not said.get("permalink") and not said.get("title"):
            gathering.leave_out(where, "is no page", "give it a permalink and a title")
            continue
        if _is_left_out(gathering, said, said, place=where):
            continue
        item = gathering.address(where, said.get("permalink"))
        if item is None:
            continue
        section = item.split("/")[1] if item.count("/") > 1 or children else ""
        gathering.add(
            DraftItem(
                id=item,
                place=where,
                title=markup_line(said.get("title"), LONGEST_TITLE),
                summary=_summary(said, said),
                topic=token_of(section),
                kind=ItemKind.INFORMATION if token_of(said.get("layout")) == "article" else None,
                lang=lang,
                modified=line_of(said.get("lastModified") or said.get("date"), 40),
            )
        )
    if ahead:
        gathering.leave_out(place, "has more pages than a catalogue holds", "import part of the site")


def _is_left_out(gathering: Gathering, body: dict[str, Any], page: dict[str, Any], *, place: str) -> bool:
    states = {token_of(each.get(name)) for each in (body, page) for name in ("state", "status")}
    is_draft = any(each.get("isDraft") is True or each.get("draft") is True for each in (body, page))
    why = _NO_PAGES.get(token_of(body.get("layout")))
    if is_draft or states & set(_DRAFTS):
        why = "is a draft"
    elif mapping(body.get("meta")).get("noIndex") is True or page.get("noIndex") is True:
        why = "asks search engines not to list it"
    elif isinstance(page.get("ref"), str):
        why = "is a link to something elsewhere"
    if why is None:
        return False
    gathering.leave_out(place, why, "nothing, unless it is a page that people should find")
    return True


def _summary(body: dict[str, Any], page: dict[str, Any]) -> str:
    said = [page.get("description"), mapping(body.get("meta")).get("description"), page.get("summary")]
    for header in ("articlePageHeader", "contentPageHeader"):
        summary = mapping(page.get(header)).get("summary")
        said.append(" ".join(str(each) for each in summary) if isinstance(summary, list) else summary)
    said.append(page.get("subtitle"))
    said += [mapping(block).get("subtitle") for block in listed(body.get("content"))[:1]]
    lines = (markup_line(each, LONGEST_SUMMARY) for each in said)
    return next((line for line in lines if line), "")


def _language(gathering: Gathering, files: Mapping[str, bytes]) -> str:
    if _CONFIG not in files:
        return ""
    try:
        config = mapping(read_json(files[_CONFIG], noun="config"))
    except Malformed as error:
        gathering.say(_CONFIG, str(error), "mend the file")
        return ""
    return language_of(mapping(config.get("site")).get("language") or config.get("language"))
