"""What will be released, settled by the terms alone before any count is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.errors import Refused
from edge_client.wire.candidates import MOST_PAIRS, Candidates, all_pairs
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import Bound, Mechanism, Privacy, Unit
from edge_client.wire.release import Period
from model_export.counting.reading import Choice, Format


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms counts are released; `period` None takes the days from the log, where noise allows.

    `candidates` are public pairs of the catalogue's pages; with noise and
    without them, all pairs of a catalogue that is small enough are. Raises Refused for candidates without a
    catalogue, Untrue for those of other pages.
    """

    site: str
    privacy: Privacy
    choice: Choice
    period: Period | None = None
    catalogue: Catalogue | None = None
    candidates: Candidates | None = None

    def __post_init__(self) -> None:
        if self.candidates is not None:
            if self.catalogue is None:
                raise Refused("candidates: pairs of pages without the catalogue of the pages")
            self.candidates.check_pages(self.catalogue.pages)


@dataclass(frozen=True, slots=True)
class Plan:
    """The privacy terms, the bound on a unit, the public pairs and the noise of one release to come.

    `candidates` None means that only the input tells which pairs there are; `noise` None that there is none.
    """

    privacy: Privacy
    bound: Bound
    parts: int
    candidates: Candidates | None
    noise: Noise | None

    @property
    def floor(self) -> int:
        """The least value that k whole units make."""
        return self.privacy.k * self.parts

    @property
    def stability_threshold(self) -> int | None:
        """The threshold that hides a unit's own cells; None where all pairs are public, or without noise."""
        if self.noise is None or self.candidates is not None:
            return None
        return self.noise.threshold_for(self.privacy, floor=self.floor)


def plan_of(format_: Format, terms: Terms) -> Plan:
    """Settle a release of such an input on `terms`."""
    bound = Bound(_unit(format_), 1 if format_ is Format.MOVES else terms.choice.limits.bound)
    # A table of moves has no units that could be parted.
    parts = 1 if format_ is Format.MOVES else terms.choice.limits.parts
    privacy, candidates = terms.privacy, terms.candidates
    if privacy.mechanism is Mechanism.NONE:
        return Plan(privacy, bound, parts, candidates, None)
    if candidates is None and terms.catalogue is not None:
        pages = terms.catalogue.pages
        candidates = all_pairs(pages) if len(pages) * (len(pages) - 1) <= MOST_PAIRS else None
    if candidates is not None and privacy.mechanism is Mechanism.DISCRETE_LAPLACE:
        # Nothing needs a delta: Laplace noise is pure, and no pair betrays anyone by being there.
        privacy = Privacy(privacy.k, privacy.mechanism, privacy.epsilon_milli)
    noise = Noise.least(privacy, bound.footprint(parts), occurring=candidates is None)
    return Plan(privacy, bound, parts, candidates, noise)


def _unit(format_: Format) -> Unit:
    match format_:
        case Format.MOVES:
            # It no longer tells who moved: noise can hide one move, and the release says so.
            return Unit.MOVE
        case Format.SESSIONS:
            return Unit.SESSION
        case Format.NCSA | Format.EPA:
            return Unit.VISITOR
