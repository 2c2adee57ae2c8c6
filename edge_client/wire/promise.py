"""Whether a release keeps what it promises: threshold, noise and candidates, held to its terms."""

from __future__ import annotations

from typing import Final

from consent_ledger.errors import Malformed, Untrue
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import MOST_PARTS, Bound, Mechanism, Privacy, PublicPairs, is_count

MOST_CANDIDATES: Final = 2_500_000
"""No public list of page pairs is longer (`edge_client.wire.candidates`)."""

ROUNDING: Final = 1 + 1e-6
"""By how much machines may differ over a probability; writers stay a thousand times closer."""


def check_promise(
    privacy: Privacy,
    bound: Bound,
    *,
    parts: int,
    threshold: int,
    scale_milli: int | None,
    candidates: PublicPairs | None,
    pages: int,
    cells: int,
) -> None:
    """Raise Malformed for wrong shapes, Untrue for a promise that these terms cannot keep.

    `cells` is how many are shown, between so many `pages`; `candidates` None means that any pair that occurs
    may be.
    """
    if not is_count(parts) or not 1 <= parts <= MOST_PARTS:
        raise Malformed("release: parts is not an acceptable number")
    if not is_count(threshold):
        raise Malformed("release: threshold is not a whole number")
    if threshold < privacy.k * parts:
        raise Untrue("release: the threshold is lower than k whole units")
    if candidates is not None and cells > candidates.count:
        raise Untrue("release: more cells than candidates")
    # Whoever reads a release goes through its candidates one by one: a number alone must not cost memory.
    if candidates is not None and candidates.count > min(MOST_CANDIDATES, pages * (pages - 1)):
        raise Untrue("release: more candidates than its pages can have")
    if privacy.mechanism is Mechanism.NONE:
        if scale_milli is not None:
            raise Untrue("release: the scale of noise is named without noise")
        return
    if not is_count(scale_milli) or not scale_milli:
        raise Malformed("release: the scale of the noise is missing")
    noise = Noise(privacy.mechanism, scale_milli, bound.footprint(parts))
    epsilon = privacy.epsilon
    if epsilon is None:
        raise Untrue("release: noise and epsilon must be named together or not at all")
    spent = noise.delta_at(epsilon)
    if spent > float(privacy.delta) * ROUNDING:
        raise Untrue("release: less noise than epsilon and delta ask for")
    if candidates is not None:
        return
    if privacy.delta_exp is None:
        raise Untrue("release: noise on pairs that occur is named without delta")
    if spent + noise.shows(threshold) > float(privacy.delta) * ROUNDING:
        raise Untrue("release: the threshold would show a cell of one unit too often")
