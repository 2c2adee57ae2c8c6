"""Questions that the demo's forms ask, each written once and named by the pages that need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from consent_ledger.errors import Malformed, Untrue
from demo.content import LANGUAGES, Page

TYPES = ("text", "email", "tel", "textarea", "select", "date", "checkboxes", "confirm")


@dataclass(frozen=True, slots=True)
class Field:
    """One question in one language; `autocomplete` is an autofill token or empty, `width` in characters.

    `keep` is our own name for an answer that may be kept though there is no token for it.
    """

    id: str
    type: str
    label: str
    hint: str = ""
    autocomplete: str = ""
    width: int = 0
    options: tuple[str, ...] = ()
    required: bool = True
    keep: str = ""


def load_fields(path: Path) -> dict[tuple[str, str], Field]:
    """Read the questions from YAML, keyed by language and id.

    A text is either a string (English only) or a mapping from language to string.
    Raises Malformed when a question has an unknown type, or a choice without options.
    """
    raw = yaml.safe_load(path.read_text("utf-8"))
    fields: dict[tuple[str, str], Field] = {}
    for field_id, spec in raw.items():
        for lang in LANGUAGES:
            label = _in_language(spec.get("label"), lang)
            if not label:
                continue
            field = Field(
                id=field_id,
                type=spec.get("type", "text"),
                label=label,
                hint=_in_language(spec.get("hint", ""), lang),
                autocomplete=spec.get("autocomplete", ""),
                width=spec.get("width", 0),
                options=tuple(_in_language(option, lang) for option in spec.get("options", [])),
                required=spec.get("required", True),
                keep=spec.get("keep", ""),
            )
            choice = field.type in ("select", "checkboxes")
            if field.type not in TYPES or choice != bool(field.options) or "" in field.options:
                raise Malformed(f"form field {field_id}: unknown type, or options that do not fit it")
            fields[lang, field_id] = field
    return fields


def _in_language(text: Any, lang: str) -> str:
    if isinstance(text, str):
        return text if lang == LANGUAGES[0] else ""
    return str(text.get(lang, "")) if isinstance(text, Mapping) else ""


def form_of(
    page: Page, fields: Mapping[tuple[str, str], Field], *, asked: tuple[str, ...] | None = None
) -> tuple[Field, ...]:
    """The questions of a page's form, or those `asked` for, in order; raises Untrue for one that its language
    lacks."""
    names = page.form if asked is None else asked
    missing = [field_id for field_id in names if (page.lang, field_id) not in fields]
    if missing:
        raise Untrue(f"page {page.id}: no form field {missing[0]} in language {page.lang}")
    return tuple(fields[page.lang, field_id] for field_id in names)
