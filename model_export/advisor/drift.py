"""What has changed since the live model was trained, beyond what noise and thresholds make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp

from edge_client.wire.release import Release
from model_export.advisor.change import Change, compare
from model_export.advisor.counts import Counts, interval
from model_export.advisor.discovery import upper_tail
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told
from model_export.advisor.material import LiveModel, Material
from model_export.learning.evaluate import first_of_row

MOVED = 0.1
"""A site has drifted when at least this share of all moves goes elsewhere than it did."""

DECAYED = 0.05
FIRST = 5
_SURE = 0.001
_MOST_LISTED = 10


def drift(material: Material) -> Iterator[Told]:
    """Moves of the releases since, against those that the live model was trained on."""
    found = _then_and_now(material)
    if not isinstance(found, tuple):
        if found is not None:
            yield found
        return
    then, now, _ = found
    change = compare(then, now)
    if not (change.moved_low >= MOVED and change.p_value <= _SURE):
        return
    pages = [material.catalogue.pages[page] for page in change.pages[:_MOST_LISTED]]
    yield Finding(
        Code.DRIFT,
        tuple(pages),
        f"since the live model was trained, at least {change.moved_low:.0%} of all moves have gone elsewhere;"
        f" noise and thresholds are left out of this",
        (
            Evidence("moves that go elsewhere", change.moved, "share", change.moved_low, change.moved_high),
            Evidence("probability of as much by noise alone", change.p_value, "probability"),
            Evidence("pairs of pages compared", change.pairs, "pairs"),
        ),
        Fix("train again with the releases since, and see whether the gate prefers the new model"),
        Sure.LIKELY,
        visitors=change.moved * now.total,
    )


def accuracy_decay(material: Material) -> Iterator[Told]:
    """How often the live model names the next page among the first five, then and now."""
    found = _then_and_now(material)
    if not isinstance(found, tuple):
        return
    then, now, model = found
    (before, before_variance), (after, after_variance) = (_hits(model, counts) for counts in (then, now))
    variance = before_variance + after_variance
    if before - after < DECAYED or variance <= 0:
        return
    p_value = float(upper_tail((before - after - DECAYED / 2) / np.sqrt(variance)))
    if p_value > _SURE:
        return
    low, high = interval(before - after, variance)
    yield Finding(
        Code.ACCURACY_DECAY,
        (),
        f"of the moves that releases show, the live model named {before:.0%} among its first {FIRST} when it"
        f" was trained and names {after:.0%} now",
        (
            Evidence("named then", before, "share", *interval(before, before_variance)),
            Evidence("named now", after, "share", *interval(after, after_variance)),
            Evidence("lost", before - after, "share", low, high),
        ),
        Fix("train again with the releases since"),
        Sure.LIKELY,
        visitors=(before - after) * now.total,
    )


def fading(material: Material) -> Iterator[Told]:
    """Pages that less than half as many of all visitors come to as did in the earliest release."""
    dated = [release for release in material.releases if release.period.start is not None]
    if len({release.period.start for release in dated}) < 2:
        return
    first, last = (Counts.of([release], material.catalogue.pages) for release in (dated[0], dated[-1]))
    change: Change = compare(first, last)
    for page, before, after in change.halved:
        where = material.catalogue.pages[page]
        yield Finding(
            Code.FADING,
            (where,),
            f"it had {before:.1%} of all visits in {dated[0].period.start} and at most {after:.1%} in"
            f" {dated[-1].period.start}",
            (
                Evidence("share of visits then", before, "share"),
                Evidence("share of visits now, at most", after, "share"),
            ),
            Fix("see whether it was moved, lost a link, or is out of season; retire it if nobody needs it"),
            Sure.LIKELY,
            visitors=before * first.total,
        )


def _then_and_now(material: Material) -> tuple[Counts, Counts, LiveModel] | Silence | None:
    model = material.model
    if model is None:
        return None
    then = [release for release in material.releases if _hash(release) in model.trained_on]
    now = [release for release in material.releases if _hash(release) not in model.trained_on]
    if not then or not now:
        missing = "those that it was trained on" if not then else "any made since"
        return Silence(
            Code.DRIFT, f"drift is told from releases before and after the model, and {missing} are not here"
        )
    return _counts(then, material), _counts(now, material), model


def _counts(releases: Sequence[Release], material: Material) -> Counts:
    return Counts.of(releases, material.catalogue.pages)


def _hash(release: Release) -> str:
    return hashlib.sha256(release.to_bytes()).hexdigest()


def _hits(model: LiveModel, counts: Counts) -> tuple[float, float]:
    """The share of moves whose end the model names first after their beginning, and its variance."""
    index = {page: model.catalogue.index_of(page) for page in counts.pages}
    varying = sp.csr_matrix(counts.people + counts.noise)
    total, hits = 0.0, 0.0
    cells: list[tuple[float, float]] = []
    for row, page in enumerate(counts.pages):
        source, line = index[page], counts.moves[row]
        if source is None or not line.nnz:
            continue
        scores = model.table.scores(np.array([source], dtype=np.int64), np.ones(1, dtype=np.float32)).copy()
        scores[source] = -np.inf
        first = set(first_of_row(scores, min(FIRST, len(scores))).tolist())
        variances = varying[row].toarray().ravel()[line.indices]
        for column, weight, variance in zip(line.indices, line.data, variances, strict=True):
            hit = float(index[counts.pages[column]] in first)
            total, hits = total + weight, hits + weight * hit
            cells.append((hit, variance))
    if not total:
        return 0.0, 0.0
    share = hits / total
    return share, sum(variance * (hit - share) ** 2 for hit, variance in cells) / total**2
