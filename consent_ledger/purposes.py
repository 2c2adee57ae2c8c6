"""What consent can be asked for, and how the Data Privacy Vocabulary describes each purpose.

The descriptions are part of the record that a citizen signs, so that a record explains itself without us
(W3C DPV 2, guide to ISO/IEC TS 27560:2023, section 8.3 "Processing Fields").
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import assert_never


class Purpose(enum.Enum):
    """The closed set of purposes; the value is the word on the wire."""

    SUGGEST = "suggest"
    LEARN = "learn"
    MEASURE = "measure"
    REMEMBER = "remember"
    REMIND = "remind"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Description:
    """One purpose in the vocabulary's terms.

    `broader` is a DPV purpose, `label` the plain words, `data` and `processing` DPV concepts, `leaves_device`
    whether the controller receives anything, `location` where it is kept, `duration` how long (ISO 8601).
    """

    broader: str
    label: str
    data: tuple[str, ...]
    processing: tuple[str, ...]
    leaves_device: bool
    location: str
    duration: str


def describe(purpose: Purpose) -> Description:
    """The description that goes into every record for `purpose`."""
    match purpose:
        case Purpose.SUGGEST:
            return Description(
                broader="dpv:ProvidePersonalisedRecommendations",
                label="Suggest pages from what this device has visited",
                data=("pd:BrowsingBehaviour",),
                processing=("dpv:Store", "dpv:Use"),
                leaves_device=False,
                location="dpv:WithinDevice",
                duration="P90D",
            )
        case Purpose.LEARN:
            return Description(
                broader="dpv:ServiceOptimisation",
                label="Count which page follows which, to improve suggestions for everyone",
                data=("pd:BrowsingBehaviour",),
                processing=("dpv:Collect", "dpv:Anonymise"),
                leaves_device=True,
                location="dpv:RemoteLocation",
                duration="P17D",
            )
        case Purpose.MEASURE:
            return Description(
                broader="dpv:ServiceUsageAnalytics",
                label="Count whether a page helped, to find out what works",
                data=("pd:ServiceConsumptionBehaviour",),
                processing=("dpv:Collect", "dpv:Anonymise"),
                leaves_device=True,
                location="dpv:RemoteLocation",
                duration="P17D",
            )
        case Purpose.REMEMBER:
            return Description(
                broader="dpv:RequestedServiceProvision",
                label="Remember an unfinished task on this device",
                data=("pd:ServiceConsumptionBehaviour",),
                processing=("dpv:Store", "dpv:Use"),
                leaves_device=False,
                location="dpv:WithinDevice",
                duration="P90D",
            )
        case Purpose.REMIND:
            return Description(
                broader="dpv:CommunicationManagement",
                label="Send a reminder by e-mail",
                data=("pd:EmailAddress",),
                processing=("dpv:Collect", "dpv:Store", "dpv:Use"),
                leaves_device=True,
                location="dpv:RemoteLocation",
                duration="P1Y",
            )
        case Purpose.PLACE:
            return Description(
                broader="dpv:ProvidePersonalisedRecommendations",
                label="Use the area that you chose, on this device",
                data=("pd:Location",),
                processing=("dpv:Store", "dpv:Use"),
                leaves_device=False,
                location="dpv:WithinDevice",
                duration="P90D",
            )
        case _:
            assert_never(purpose)
