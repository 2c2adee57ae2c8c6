"""From lines of a log or table to a release of aggregates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from model_export.counting import count
from model_export.lines import Line
from model_export.noise import MOST_KNOWN_CELLS, add_noise_to_known, add_noise_to_occurring
from model_export.reading import Choice, Format, Reading
from model_export.visits import Pair


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms counts are released; `period` None takes the days from the log, where noise allows."""

    site: str
    privacy: Privacy
    choice: Choice
    period: Period | None = None
    catalogue: Catalogue | None = None


def release_counts(counts: Counter[Pair], format_: Format, *, reading: Reading, terms: Terms) -> Release:
    """Release what `terms` allow of `counts`."""
    privacy, unit = terms.privacy, _unit(format_)
    pairs = 1 if unit is Unit.MOVE else terms.choice.limits.bound
    kept: dict[Pair, int] = dict(counts)
    if privacy.mechanism is not Mechanism.NONE:
        kept, privacy = _with_noise(counts, terms=terms, pairs=pairs)
    return Release.of(
        kept,
        site=terms.site,
        source=Source.COUNTS if format_ is Format.MOVES else Source.LOG,
        period=_period(reading, terms=terms),
        privacy=privacy,
        bound=Bound(unit, pairs),
        pages=None if terms.catalogue is None else terms.catalogue.pages,
    )


def aggregate(lines: Iterable[Line], format_: Format, *, reading: Reading, terms: Terms) -> Release:
    """Read `lines`, tell `reading` how it went, and release the counts.

    Raises Malformed when nothing is usable, Refused when there is too much to hold.
    """
    counts = count(lines, format_, reading=reading, choice=terms.choice)
    return release_counts(counts, format_, reading=reading, terms=terms)


def _unit(format_: Format) -> Unit:
    match format_:
        case Format.MOVES:
            # A table of moves no longer knows who moved: noise can hide one move, and the release says so.
            return Unit.MOVE
        case Format.SESSIONS:
            return Unit.SESSION
        case Format.NCSA | Format.EPA:
            return Unit.VISITOR


def _period(reading: Reading, *, terms: Terms) -> Period:
    if terms.period is not None:
        return terms.period
    if terms.privacy.mechanism is not Mechanism.NONE:
        # The first and last day of a log can hang on one visitor, and no noise is on them.
        return Period()
    return Period(reading.first_day, reading.last_day)


def _with_noise(counts: Counter[Pair], *, terms: Terms, pairs: int) -> tuple[dict[Pair, int], Privacy]:
    pages: tuple[ItemId, ...]
    if terms.catalogue is not None and len(terms.catalogue.pages) ** 2 <= MOST_KNOWN_CELLS:
        pages = terms.catalogue.pages
    else:
        pages = tuple(sorted({page for pair in counts for page in pair}))
    index = {page: at for at, page in enumerate(pages)}
    cells = {(index[a], index[b]): count for (a, b), count in counts.items()}
    privacy = terms.privacy
    if terms.catalogue is not None and pages == terms.catalogue.pages:
        if privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
            privacy = Privacy(privacy.k, privacy.mechanism, privacy.epsilon_milli)
        known = [(a, b) for a in range(len(pages)) for b in range(len(pages)) if a != b]
        noisy = add_noise_to_known(cells, known, privacy=privacy, pairs=pairs)
    else:
        noisy = add_noise_to_occurring(cells, privacy=privacy, pairs=pairs)
    # The threshold is the k that the release keeps: told, because it hangs on the terms alone.
    privacy = replace(privacy, k=noisy.threshold)
    return {(pages[a], pages[b]): count for (a, b), count in noisy.counts.items()}, privacy
