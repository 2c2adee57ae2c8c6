"""The advisor: what releases, catalogue and model say should be mended on a site, each with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from model_export.advisor.age import past_years, retired_names, unreviewed
from model_export.advisor.drift import accuracy_decay, drift, fading
from model_export.advisor.finding import Code, Evidence, Finding, Fix, Silence, Sure, Told
from model_export.advisor.languages import broken_translations, missing_languages, untranslated
from model_export.advisor.material import LiveModel, Material
from model_export.advisor.reach import dead_ends, never_reached
from model_export.advisor.shown import never_shown, unknown_to_model
from model_export.advisor.tags import tag_typos
from model_export.advisor.topics import missing_tags, mistagged
from model_export.advisor.twins import near_duplicates

__all__ = [
    "Advice",
    "Code",
    "Evidence",
    "Finding",
    "Fix",
    "LiveModel",
    "Material",
    "Silence",
    "Sure",
    "advise",
]

_FROM_CATALOGUE: Final[tuple[Callable[[Material], Iterator[Told]], ...]] = (
    broken_translations,
    missing_languages,
    missing_tags,
    mistagged,
    near_duplicates,
    past_years,
    tag_typos,
    unreviewed,
    untranslated,
)
_FROM_RELEASES: Final[tuple[Callable[[Material], Iterator[Told]], ...]] = (
    dead_ends,
    fading,
    never_reached,
    retired_names,
)
_FROM_MODEL: Final[tuple[Callable[[Material], Iterator[Told]], ...]] = (
    accuracy_decay,
    drift,
    never_shown,
    unknown_to_model,
)


_SUREST: Final = tuple(Sure)


@dataclass(frozen=True, slots=True)
class Advice:
    """All findings, the surest first, and of those the ones that concern the most visitors; and what could
    not be judged, and why."""

    site: str
    findings: tuple[Finding, ...]
    silences: tuple[Silence, ...]

    def only(self, codes: Collection[Code]) -> Advice:
        """The advice of these codes alone."""
        return Advice(
            self.site,
            tuple(finding for finding in self.findings if finding.code in codes),
            tuple(silence for silence in self.silences if silence.code in codes),
        )


def advise(material: Material) -> Advice:
    """Judge the material. Equal material gives equal advice."""
    told = [
        each
        for ask in (
            *_FROM_CATALOGUE,
            *(_FROM_RELEASES if material.releases else ()),
            *(_FROM_MODEL if material.model else ()),
        )
        for each in ask(material)
    ]
    findings = [each for each in told if isinstance(each, Finding)]
    silences = [each for each in told if isinstance(each, Silence)]
    return Advice(
        material.catalogue.site,
        tuple(
            sorted(
                findings,
                key=lambda finding: (
                    _SUREST.index(finding.sure),
                    -round(finding.visitors, 6),
                    finding.code,
                    finding.where,
                ),
            )
        ),
        tuple(sorted(silences, key=lambda silence: silence.code)),
    )
