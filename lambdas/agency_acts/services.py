"""What the routes lead to."""

from __future__ import annotations

from dataclasses import dataclass

from lambdas.agency_acts.bundles import BundlesService
from lambdas.agency_acts.office import Office
from lambdas.agency_acts.preview import PreviewService
from lambdas.agency_acts.published import PublishedService
from lambdas.agency_acts.reading import ReadingService
from lambdas.agency_acts.service import ProposalsService
from lambdas.agency_acts.stops import StopsService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is done in one office."""

    proposals: ProposalsService
    stops: StopsService
    bundles: BundlesService
    reading: ReadingService
    preview: PreviewService
    published: PublishedService

    @classmethod
    def of(cls, office: Office) -> Services:
        """Return those of an office."""
        reading = ReadingService(office)
        return cls(
            ProposalsService(office),
            StopsService(office),
            BundlesService(office),
            reading,
            PreviewService(reading),
            PublishedService(office),
        )
