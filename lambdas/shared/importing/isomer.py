"""Isomer's first version: a Jekyll site, whose pages say of themselves in front matter what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.catalogue import ItemKind
from edge_client.wire.paths import ItemId
from lambdas.shared.importing.front_matter import read_front_matter, read_yaml
from lambdas.shared.importing.gathering import Asked, Gathering
from lambdas.shared.importing.imported import DraftItem, Imported
from lambdas.shared.importing.limits import LONGEST_PAGE_BYTES, MOST_NAMED
from lambdas.shared.importing.permalinks import Place, address_of, place_of
from lambdas.shared.importing.texts import (
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    language_of,
    line_of,
    markup_line,
    token_of,
)

SUFFIXES: Final = (".html", ".markdown", ".md", ".yml")
_PAGES: Final = (".html", ".markdown", ".md")
_CONFIG: Final = "_config.yml"
_COLLECTION: Final = re.compile(r"_[^/]+/collection\.yml")
_NO: Final = ("false", "no", "off")
_YES: Final = ("true", "yes", "on")
# A search, a list of links elsewhere, and what a server answers when there is nothing.
_NO_PAGES: Final = {
    "404": "is what the site says when there is no page",
    "redirect": "leads on to another page",
    "search": "is the site's search",
    "datagovsg-search": "is the site's search",
    "link": "is a link to something elsewhere",
    "file": "is a file to download",
}
_TOPIC: Final = ("topic", "category", "collection_name", "tag")


def import_isomer(files: Mapping[str, bytes], asked: Asked) -> Imported:
    """Read a site's files by path. Raises `Malformed` where its `_config.yml` is there and cannot be read.

    A page's topic is what it says itself (`topic`, `category`), else the collection that it lies in.
    """
    gathering = Gathering(asked)
    config = _config(gathering, files)
    for name in sorted(files):
        place = place_of(name, config) if name.endswith(_PAGES) else None
        if place is None:
            continue
        if place.why_not:
            gathering.leave_out(name, place.why_not, "publish it, or leave it out")
            continue
        _read(gathering, name, files[name], place, config)
    return gathering.imported()


def _config(gathering: Gathering, files: Mapping[str, bytes]) -> Mapping[str, Any]:
    """The site's settings, with the collections that say of themselves that they are printed."""
    config = read_yaml(files[_CONFIG], noun="_config.yml") if _CONFIG in files else {}
    if not config:
        gathering.say(_CONFIG, "is not there, or says nothing", "give it too: it says where collections lie")
    said = config.get("collections")
    collections = dict(said) if isinstance(said, dict) else {}
    for name in sorted(files):
        if _COLLECTION.fullmatch(name) is None:
            continue
        try:
            more = read_yaml(files[name], noun="collection").get("collections")
        except (Malformed, Refused) as error:
            gathering.say(name, str(error), "mend the file, so that its pages are found")
            continue
        collections |= more if isinstance(more, dict) else {}
    return {**config, "collections": collections}


def _read(gathering: Gathering, name: str, raw: bytes, place: Place, config: Mapping[str, Any]) -> None:
    if len(raw) > LONGEST_PAGE_BYTES:
        gathering.leave_out(name, "is too long for a page", "leave it out, or shorten it")
        return
    try:
        found = read_front_matter(raw)
    except (Malformed, Refused) as error:
        gathering.leave_out(
            name, str(error), "write front matter as plain fields between two lines of dashes"
        )
        return
    if found is None:
        gathering.leave_out(
            name,
            "has no front matter, so that the site makes no page of it",
            "begin it with two lines of dashes, and the page's title between them",
        )
        return
    fields, body = found
    item = gathering.address(f"{name} line 1", address_of(fields, place, config))
    if item is not None:
        _take(gathering, name, item, fields, body=body, place=place)


def _take(
    gathering: Gathering, name: str, item: ItemId, fields: Mapping[str, Any], *, body: bytes, place: Place
) -> None:
    for raw in _texts(fields.get("redirect_from")):
        old = gathering.address(name, raw, quietly=True)
        if old is not None and old != item:
            gathering.moved[old] = item
    if target := next(iter(_texts(fields.get("redirect_to"))), ""):
        gathering.move(name, item, target)
        return
    why = _NO_PAGES.get(token_of(fields.get("layout")))
    if str(fields.get("published", "")).lower() in _NO or str(fields.get("draft", "")).lower() in _YES:
        why = "is a draft"
    elif fields.get("external") or fields.get("file_url"):
        why = "is a link to something elsewhere"
    if why is not None:
        gathering.leave_out(name, why, "nothing, unless it is a page that people should find")
        return
    gathering.add(
        DraftItem(
            id=item,
            place=name,
            title=markup_line(fields.get("title"), LONGEST_TITLE),
            summary=_summary(fields, body),
            topic=_topic(fields) or token_of(place.section),
            kind=_kind(fields),
            lang=language_of(fields.get("lang") or fields.get("language")),
            life_events=_tokens(fields.get("life_events")),
            audiences=_tokens(fields.get("audience") or fields.get("audiences")),
            modified=line_of(fields.get("last_modified_at") or fields.get("date") or place.date, 40),
        )
    )


def _topic(fields: Mapping[str, Any]) -> str:
    return next((token for each in _TOPIC if (token := token_of(fields.get(each)))), "")


def _kind(fields: Mapping[str, Any]) -> ItemKind | None:
    name = line_of(fields.get("kind"), 40)
    if name in list(ItemKind):
        return ItemKind(name)
    # A post is an article; of any other page nobody knows but its author.
    return ItemKind.INFORMATION if token_of(fields.get("layout")) == "post" else None


def _summary(fields: Mapping[str, Any], body: bytes) -> str:
    said = next((fields[name] for name in ("description", "summary", "excerpt") if fields.get(name)), "")
    return markup_line(said, LONGEST_SUMMARY) or _first_paragraph(body)


def _first_paragraph(body: bytes) -> str:
    """The first lines of the text that are no heading, picture, table, list, code or markup."""
    for block in body[:20_000].decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n"):
        text = block.strip()
        if (
            text[:1].isalpha()
            and "](" not in text
            and "{" not in text
            and "<" not in text
            and "\n" not in text
        ):
            return line_of(text.replace("*", ""), LONGEST_SUMMARY // 2)
    return ""


def _tokens(value: object) -> tuple[str, ...]:
    found = (token_of(part) for text in _texts(value) for part in text.split(","))
    return tuple(dict.fromkeys(each for each in found if each))


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str) and each.strip()][:MOST_NAMED]
