"""Addresses as a source writes them, to the ids of pages: paths of this site, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from edge_client.wire.paths import LONGEST_PATH, ItemId, scrub_path, stands_for_many
from lambdas.shared.importing.imported import Weight

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"`{}|^\u2028\u2029\ud800-\udfff]")
_WEB: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to say of an address: its weight, what is wrong with it, and what mends it."""

    weight: Weight
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Address:
    """The page that an address leads to, or None where it is none of this site's; and what to say."""

    id: ItemId | None
    said: tuple[Said, ...] = ()


def read_address(raw: str, *, host: str) -> Address:
    """Read a path from the root, or a URL of `host` (with its port where it has one; "" for none at all).

    Never fetches, never guesses: what leads elsewhere, could run as a script, climbs out of a folder or
    carries a name and password is no page of the site.
    """
    text = raw.strip()
    if not text:
        return _no("has no address", "give the path of the page, such as /housing/apply")
    if len(text) > LONGEST_PATH or _UNSAFE.search(text):
        return _no("has an address that no browser should be given", "write a plain path of the site")
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname, parts.port
    except ValueError:
        return _no("has an address that cannot be read", "write a plain path of the site")
    if _SCHEME.match(text) and parts.scheme not in _WEB:
        return _no("has an address that is no web page", "write a plain path of the site")
    if parts.netloc or _SCHEME.match(text):
        if parts.username is not None or parts.password is not None or not name:
            return _no("has an address with a name and password, or none", "write a plain path of the site")
        if not host or parts.netloc.lower().removesuffix(":443").removesuffix(":80") != host.lower():
            return _no("is on another host", "name the site's own host, or leave the page out")
    elif not text.startswith("/"):
        return _no("has an address that does not begin at the root", "begin the path with a slash")
    return _path(parts.path or "/", has_query=bool(parts.query), has_fragment=bool(parts.fragment))


def _path(path: str, *, has_query: bool, has_fragment: bool) -> Address:
    plain = unquote(path, errors="replace")
    if any(segment in (".", "..") for segment in re.split(r"[/\\]", unquote(plain))) or "\\" in plain:
        return _no("has an address that climbs out of its folder", "write the path that the page really has")
    item = scrub_path(path)
    if stands_for_many(item):
        return _no(
            "has something like a date, a number of someone's or an e-mail address in its address, and "
            "devices keep no such address",
            "give the page an address of words, or leave it out",
        )
    said = []
    if has_query:
        said.append(
            Said(
                Weight.NOTE,
                "has a query in its address, which no page is known by",
                "check that the address without it is the page",
            )
        )
    if has_fragment:
        said.append(
            Said(
                Weight.NOTE,
                "has a fragment in its address, which no page is known by",
                "check that the page as a whole is meant",
            )
        )
    if unquote(item) != (plain.rstrip("/") or "/"):
        said.append(
            Said(
                Weight.NOTE,
                "has an address that is spelt in another way on devices",
                "check that the shorter address leads to the page too",
            )
        )
    return Address(item, tuple(said))


def _no(what: str, fix: str) -> Address:
    return Address(None, (Said(Weight.LEFT_OUT, what, fix),))
