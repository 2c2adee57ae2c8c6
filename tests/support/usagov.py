"""The public content of a US benefits finder as a catalogue: 79 benefits with their tags, in two languages.

Only what the data say: titles and summaries of each language's own files, topics and life events of the front
matter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind
from edge_client.wire.paths import ItemId

FOLDER = "usagov-benefits-eligibility"
LANGS = ("en", "es")


def read_benefits(folder: Path) -> Catalogue:
    """Read `content/benefits` and the texts of both languages below `folder`; sorted by id."""
    items = []
    for file in sorted((folder / "content" / "benefits").glob("*.md")):
        front = yaml.safe_load(file.read_text(encoding="utf-8").split("---\n")[1])
        texts = {lang: text for lang in LANGS if (text := _texts(folder, lang, file.stem))}
        items += [_item(file.stem, lang, front, texts) for lang in texts]
    return Catalogue("usagov-benefits", tuple(sorted(items, key=lambda item: item.id)))


def _texts(folder: Path, lang: str, name: str) -> dict[str, str]:
    file = folder / "locales" / lang / "benefits" / f"{name}.json"
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _item(name: str, lang: str, front: dict[str, Any], texts: dict[str, dict[str, str]]) -> CatalogueItem:
    return CatalogueItem(
        id=_id(name, lang),
        title=texts[lang].get(front["title"], name),
        summary=texts[lang].get(front["summary"], "")[:2000],
        topic=(front.get("tags") or [""])[0],
        kind=ItemKind.INFORMATION,
        lang=lang,
        life_events=tuple(front.get("lifeEvents") or ()),
        translations={other: _id(name, other) for other in texts if other != lang},
    )


def _id(name: str, lang: str) -> ItemId:
    return ItemId(f"/benefits/{name}" if lang == "en" else f"/{lang}/benefits/{name}")
