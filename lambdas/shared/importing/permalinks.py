"""Where Jekyll puts a file of a site: its collection, its date, and the address that follows.

The styles and placeholders are those of https://jekyllrb.com/docs/permalinks/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any, Final

_POST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)")
_HOLDER = re.compile(r":([a-z_]+)")
_STYLES: Final = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "none": "/:categories/:title.html",
}
_HIDDEN: Final = ("_data", "_includes", "_layouts", "_plugins", "_sass", "_site", "node_modules", "vendor")
_NOT_MADE_INTO_PAGES: Final = ("readme.md", "contributing.md", "license.md", "changelog.md")


@dataclass(frozen=True, slots=True)
class Place:
    """Of a file: its folders below its collection, its name without suffix, the section that it is of, the
    collection that it lies in ("" for a page, "posts" for a post), its date, and why the site makes no page
    of it where it makes none."""

    folders: tuple[str, ...]
    name: str
    section: str = ""
    collection: str = ""
    date: str = ""
    why_not: str = ""


def place_of(path: str, config: Mapping[str, Any]) -> Place | None:
    """Where a file lies in the site; None for one that Jekyll makes no page of."""
    *folders, file = path.split("/")
    name = file.rpartition(".")[0]
    if _is_excluded(path, folders, file, config):
        return None
    if "_drafts" in folders:
        return Place((), name, why_not="is a draft")
    if "_posts" in folders:
        categories = [each for each in folders if each != "_posts"]
        found = _POST.fullmatch(name)
        if found is None:
            return Place((), name, why_not="is a post without its date in its name")
        section = categories[-1].lstrip("_") if categories else ""
        date = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
        return Place(tuple(categories), found[4], section, "posts", date)
    if folders and folders[0].startswith("_"):
        label = folders[0][1:]
        if not _is_printed(label, config):
            return Place((), name, why_not="lies in a collection that the site does not print")
        return Place(tuple(folders[1:]), name, label, label)
    if any(each.startswith("_") for each in folders):
        return Place((), name, why_not="lies in a folder that the site does not print")
    # Isomer keeps pages of no collection in a folder of this name; it is part of no address that anybody
    # writes.
    section = folders[0] if folders and folders[0] != "pages" else ""
    return Place(tuple(folders), name, section)


def address_of(fields: Mapping[str, Any], place: Place, config: Mapping[str, Any]) -> str:
    """The address of a file: the one that it says itself, else that of its collection or its folder."""
    said = fields.get("permalink")
    template = said.strip() if isinstance(said, str) and said.strip() else _template(place, config)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", template):
        return template  # a page elsewhere, which is said to be so
    holders = _holders(fields, place)
    path = _HOLDER.sub(lambda found: holders.get(found[1], found[0]), template)
    path = re.sub(r"/{2,}", "/", f"/{path.lstrip('/')}")
    base = config.get("baseurl")
    prefix = base.strip("/ ") if isinstance(base, str) else ""
    path = path.removesuffix("index.html")
    return f"/{prefix}{path}" if prefix else path


def _template(place: Place, config: Mapping[str, Any]) -> str:
    style = config.get("permalink")
    pretty = isinstance(style, str) and (style == "pretty" or style.endswith("/"))
    end = "/" if pretty else ".html"
    if place.collection == "posts":
        return _STYLES.get(style, style) if isinstance(style, str) and style else _STYLES["date"]
    if place.collection:
        collections = config.get("collections")
        of_it = collections.get(place.collection) if isinstance(collections, dict) else None
        said = of_it.get("permalink") if isinstance(of_it, dict) else None
        return said if isinstance(said, str) and said else f"/:collection/:path{end}"
    return "/:path/" if pretty and place.name != "index" else "/:path.html"


def _holders(fields: Mapping[str, Any], place: Place) -> dict[str, str]:
    year, month, day = [*place.date.split("-"), "", "", ""][:3]
    folders = "/".join(place.folders)
    slug = fields.get("slug")
    title = slug if isinstance(slug, str) and slug else place.name
    return {
        "categories": folders,
        "collection": place.collection,
        "path": f"{folders}/{place.name}" if folders else place.name,
        "title": title,
        "slug": title,
        "name": place.name,
        "basename": place.name,
        "output_ext": ".html",
        "year": year,
        "month": month,
        "day": day,
        "i_month": month.lstrip("0"),
        "i_day": day.lstrip("0"),
        "short_year": year[-2:],
    }


def _is_printed(label: str, config: Mapping[str, Any]) -> bool:
    collections = config.get("collections")
    of_it = collections.get(label) if isinstance(collections, dict) else None
    return isinstance(of_it, dict) and str(of_it.get("output", "")).lower() == "true"


def _is_excluded(path: str, folders: list[str], file: str, config: Mapping[str, Any]) -> bool:
    if file.startswith((".", "_", "#", "~")) or any(
        each.startswith(".") or each in _HIDDEN for each in folders
    ):
        return True
    if not folders and file.lower() in _NOT_MADE_INTO_PAGES:
        return True
    said = config.get("exclude")
    patterns = [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
    return any(
        path == each.strip("/") or path.startswith(f"{each.strip('/')}/") or fnmatch(path, each)
        for each in patterns
        if each.strip("/")
    )
