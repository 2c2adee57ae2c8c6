"""Front matter: what a page says of itself in YAML between two lines of dashes, before its text."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.limits import DEEPEST_YAML, LONGEST_FRONT_MATTER_BYTES

_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n((?:.*?\n)??)-{3,}[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# A tab at the end of a line is an error to some readers of YAML and nothing to those of content systems.
_ENDS: Final = re.compile(rb"[ \t]+(?=\r?\n|\Z)")
_OPEN: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n")


def read_front_matter(raw: bytes, *, noun: str = "front matter") -> tuple[dict[str, Any], bytes] | None:
    """The fields of a page and its text; None for a file that begins with no front matter.

    Raises as `read_yaml` does, and `Malformed` where the second line of dashes is missing.
    """
    found = _FRONT.match(raw[: LONGEST_FRONT_MATTER_BYTES + 16])
    if found is None:
        if _OPEN.match(raw):
            raise Malformed(f"{noun}: no second line of dashes ends it, or it is too long")
        return None
    return read_yaml(found[1], noun=noun), raw[found.end() :]


def read_yaml(raw: bytes, *, noun: str) -> dict[str, Any]:
    """A mapping of texts, lists and mappings: no number, date or truth value is made of a text.

    Raises `Malformed` for anything else, and `Refused` for an alias, which is how a few lines of YAML grow
    into gigabytes, and for what is too long or nests too deep.
    """
    if len(raw) > LONGEST_FRONT_MATTER_BYTES:
        raise Refused(f"{noun}: too long")
    try:
        value = yaml.load(_ENDS.sub(b"", raw).decode("utf-8-sig"), Loader=_Plain)  # noqa: S506  # a loader of texts alone
    except Refused as error:
        raise Refused(f"{noun}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Malformed(f"{noun}: not yaml") from None
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{noun}: not a list of fields")
    return {key: each for key, each in value.items() if isinstance(key, str)}


class _Plain(yaml.BaseLoader):
    """Makes texts, lists and mappings, and follows no alias."""

    deep = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Refused("an alias")
        self.deep += 1
        if self.deep > DEEPEST_YAML:
            raise Refused("nests too deep")
        node = super().compose_node(parent, index)
        self.deep -= 1
        return node
