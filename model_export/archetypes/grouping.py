"""What archetypes are learnt from: released moves as counts of pages seen together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, mutual_info_score

from consent_ledger.errors import Refused
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Release
from model_export.archetypes.transformer import UNLIKE, ArchetypeTransformer

FEWEST_ARCHETYPES = 3
MOST_ARCHETYPES = 12
PAGES_EACH = 5
_HALVINGS = 4

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Together:
    """Visitors who saw both of two pages: symmetric `counts` (pages, pages), by page index.

    `noise_scale` is the standard deviation of the noise in a directed count, in visitors.
    """

    counts: sp.csr_matrix
    noise_scale: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two groupings agree that were learnt from two halves of the same counts.

    `told` is the information that both share beyond chance, in nats, with its standard error over several
    halvings; `rand` the adjusted Rand index.
    """

    told: float
    error: float
    rand: float


@dataclass(frozen=True, slots=True)
class Stability:
    """The agreement at each number of archetypes."""

    agreement: Mapping[int, Agreement]

    @property
    def best(self) -> int:
        """The least number that tells as much as any, within one standard error.

        The Rand index alone would choose one large group and two small ones: found again every time, and
        saying nothing of anybody.
        """
        top = max(self.agreement.values(), key=lambda found: found.told)
        return min(number for number, found in self.agreement.items() if found.told >= top.told - top.error)


def together(
    releases: Sequence[Release],
    pages: Sequence[ItemId],
    *,
    catalogue: Catalogue | None = None,
    left_out: Collection[ItemId] = (),
) -> Together:
    """Add up the releases' moves in both directions.

    A translated page counts as the page that it translates: an archetype is about a need, never a language.
    Pages `left_out` (sensitive ones) have no counts.
    """
    index = {page: at for at, page in enumerate(pages)}
    stands_for = originals(pages, catalogue)
    rows, columns, values, square = [], [], [], 0.0
    for release in releases:
        square += release.noise_scale**2
        for (source, target), weight in sorted(release.weights().items()):
            if {source, target} <= index.keys() and not {source, target} & set(left_out):
                rows.append(stands_for[index[source]])
                columns.append(stands_for[index[target]])
                values.append(weight)
    moves = sp.csr_matrix((values, (rows, columns)), shape=(len(pages), len(pages)), dtype=np.float64)
    moves.setdiag(0)
    moves.eliminate_zeros()
    return Together(sp.csr_matrix(moves + moves.T), math.sqrt(square))


def originals(pages: Sequence[ItemId], catalogue: Catalogue | None) -> tuple[int, ...]:
    """For each page the index of the page that it stands for: its version in the language of most pages, or
    itself."""
    if catalogue is None:
        return tuple(range(len(pages)))
    index = {page: at for at, page in enumerate(pages)}
    langs = Counter(item.lang for item in catalogue.items)
    found = []
    for at, page in enumerate(pages):
        item = catalogue.get(page)
        versions = [] if item is None else [page, *item.translations.values()]
        known = [(-langs[other.lang], index[other.id]) for each in versions if (other := catalogue.get(each))]
        found.append(min(known)[1] if known else at)
    return tuple(found)


def max_archetypes(seen: Together) -> int:
    """The most archetypes that these counts can have: a few pages each.

    Raises Refused where that is fewer than three.
    """
    pages = int((np.asarray(seen.counts.sum(axis=1)).ravel() > 0).sum())
    if pages // PAGES_EACH < FEWEST_ARCHETYPES:
        raise Refused(f"archetypes: the releases show {pages} pages, too few for {FEWEST_ARCHETYPES} groups")
    return min(MOST_ARCHETYPES, pages // PAGES_EACH)


def stability(seen: Together) -> Stability:
    """Halve the counts visitor by visitor, several times, group both halves, and compare.

    This reads the release alone, so it costs no privacy. Raises Refused as `max_archetypes` does.
    """
    rng = np.random.default_rng(0)
    upper = sp.coo_matrix(sp.triu(seen.counts, k=1))
    halves = []
    for _ in range(_HALVINGS):
        whole = np.floor(upper.data + rng.random(upper.data.size)).astype(np.int64)
        first = rng.binomial(whole, 0.5).astype(np.float64)
        halves.append((_symmetric(upper, first), _symmetric(upper, whole - first)))
    # Halving halves the noise's variance together with the visitors.
    scale = seen.noise_scale / math.sqrt(2)
    agreement = {}
    for number in range(FEWEST_ARCHETYPES, max_archetypes(seen) + 1):
        pairs = [[ArchetypeTransformer(number, scale).fit(half).labels_ for half in both] for both in halves]
        told = [_told(first, second) for first, second in pairs]
        agreement[number] = Agreement(
            told=float(np.mean(told)),
            error=float(np.std(told, ddof=1) / math.sqrt(len(told))),
            rand=float(np.mean([_compared(adjusted_rand_score, first, second) for first, second in pairs])),
        )
    return Stability(agreement)


def _told(first: Labels, second: Labels) -> float:
    """Information in nats that both groupings share beyond what chance would give them."""
    mean = (_compared(mutual_info_score, first, first) + _compared(mutual_info_score, second, second)) / 2
    return _compared(adjusted_mutual_info_score, first, second) * mean


def _compared(measure: Callable[[Labels, Labels], float], first: Labels, second: Labels) -> float:
    both = (first != UNLIKE) & (second != UNLIKE)
    return float(measure(first[both], second[both])) if both.any() else 0.0


def _symmetric(upper: sp.coo_matrix, values: NDArray[np.float64]) -> sp.csr_matrix:
    rows, columns = upper.coords
    half = sp.csr_matrix((values, (rows, columns)), shape=upper.shape)
    half.eliminate_zeros()
    return sp.csr_matrix(half + half.T)
