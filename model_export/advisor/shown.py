"""Pages that the model never suggests, and pages that it does not know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from edge_client.wire.catalogue import Catalogue
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Sure, Told
from model_export.advisor.material import LiveModel, Material

FIRST = 10


def never_shown(material: Material) -> Iterator[Told]:
    """Pages in no list of ten, whichever one page was looked at before; one finding a topic."""
    model = material.model
    if model is None:
        return
    shown = _shown(model, material)
    topics: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, item in enumerate(model.catalogue.items):
        if at not in shown and item.id in material.visitors and _may_be_shown(material, model.catalogue, at):
            topics[item.topic, item.lang].append(at)
    for (topic, lang), pages in sorted(topics.items()):
        where = tuple(model.catalogue.pages[at] for at in pages)
        seen = sum(material.visitors[page] for page in where)
        yield Finding(
            Code.NEVER_SHOWN,
            where,
            f"{len(pages)} of the topic {topic or 'without a name'} ({lang}) can be suggested and"
            f" {'is' if len(pages) == 1 else 'are'} among the first {FIRST} after no page at all",
            (
                Evidence("pages never shown", len(pages), "pages"),
                Evidence("pages tried as the one before", len(model.catalogue.items), "pages"),
                Evidence("visitors who find them all the same", seen, "visitors"),
            ),
            Fix(
                "give them summaries with the words that people use, so that likeness finds them; raise"
                " explore_milli in a slot's rules; or retire what nobody misses"
            ),
            Sure.CERTAIN,
            visitors=seen,
        )


def unknown_to_model(material: Material) -> Iterator[Told]:
    """Pages of the catalogue that the live model was not trained for: it can never suggest them."""
    model = material.model
    if model is None:
        return
    known = set(model.catalogue.pages)
    new = tuple(page for page in material.catalogue.pages if page not in known)
    gone = tuple(page for page in model.catalogue.pages if material.catalogue.get(page) is None)
    if not (new or gone):
        return
    visitors = sum(material.visitors[page] for page in new)
    yield Finding(
        Code.UNKNOWN_TO_MODEL,
        (*new, *gone),
        f"the live model knows {len(known)} pages: {len(new)} of the catalogue are not among them, and it"
        f" knows {len(gone)} that the catalogue does not have any more",
        (
            Evidence("new pages", len(new), "pages"),
            Evidence("pages gone", len(gone), "pages"),
            Evidence("visitors of the new pages", visitors, "visitors"),
        ),
        Fix("train again with this catalogue and publish the model with it"),
        Sure.CERTAIN,
        visitors=visitors,
    )


def _shown(model: LiveModel, material: Material) -> set[int]:
    items = model.catalogue.items
    langs = {
        lang: np.array(
            [
                at
                for at, item in enumerate(items)
                if item.lang == lang and _may_be_shown(material, model.catalogue, at)
            ],
            dtype=np.int64,
        )
        for lang in {item.lang for item in items}
    }
    found: set[int] = set()
    for at, item in enumerate(items):
        if item.id in material.sensitive or not langs[item.lang].size:
            continue
        scores = model.table.scores(np.array([at], dtype=np.int64), np.ones(1, dtype=np.float32))
        allowed = langs[item.lang]
        order = allowed[np.argsort(-scores[allowed], kind="stable")]
        found.update(int(page) for page in order[: FIRST + 1] if page != at and scores[page] > 0)
    return found


def _may_be_shown(material: Material, catalogue: Catalogue, at: int) -> bool:
    item, rules = catalogue.items[at], material.rules
    if item.id in material.sensitive:
        return False
    return rules is None or any(
        item.kind in slot.kinds and item.topic not in slot.not_topics for slot in rules.slots
    )
