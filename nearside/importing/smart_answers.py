"""From the results of a GOV.UK smart answer, which are data, and its rules, which are not, to a flow.

Smart answers keep what they may tell in YAML, and the questions and the rules in code.
So the rules come in a file of our own: a flow without outcomes, and the needs of each result by its id.
`next_steps_for_your_business.json` beside this module holds those of "next steps for your business".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any as Raw
from typing import Final

import yaml

from consent_ledger.errors import Malformed
from edge_client.wire.flow import Flow
from edge_client.wire.flow_reading import read_flow
from nearside.importing.imported import Ids, ImportedFlow, Note, plain_text

NEXT_STEPS: Final = Path(__file__).parent / "next_steps_for_your_business.json"
_SITE: Final = "https://www.gov.uk"


def import_results(results: bytes, *, rules: bytes) -> ImportedFlow:
    """Join a list of results with its rules. Raises `Malformed` when either is not of its format.

    Results without a rule are told by no code, and left out with a note; so are rules without a result.
    """
    try:
        entries = yaml.safe_load(results)
        if not isinstance(entries, list) or not entries:
            raise TypeError("results are a list")
        shape = json.loads(rules)
        needs, flow = shape["needs"], shape["flow"]
        language = flow["languages"][0]
        names = {
            kind: list(dict.fromkeys(entry[kind].strip() for entry in entries)) for kind in ("group", "topic")
        }
        ids = Ids()
        groups = {(kind, name): ids.of(name) for kind in names for name in names[kind]}
        notes = [
            *(Note(entry["id"], "no rule leads to it") for entry in entries if entry["id"] not in needs),
            *(Note(each, "leads to no result") for each in needs if each not in {e["id"] for e in entries}),
        ]
        whole = {
            **flow,
            "groups": [{"id": each, "title": {language: name}} for (_, name), each in groups.items()],
            "outcomes": [
                _outcome(entry, needs[entry["id"]], groups, language)
                for entry in entries
                if entry["id"] in needs
            ],
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, yaml.YAMLError) as error:
        raise Malformed("smart answer: not a list of results and its rules") from error
    return ImportedFlow(read_flow(whole, "flow"), tuple(notes))


def next_steps(results: bytes) -> Flow:
    """Return "next steps for your business" with the results of its YAML file. Raises `Malformed`."""
    return import_results(results, rules=NEXT_STEPS.read_bytes()).flow


def _outcome(entry: Raw, needs: Raw, groups: Mapping[tuple[str, str], str], language: str) -> dict[str, Raw]:
    url = entry["url"].strip()
    return {
        "id": entry["id"],
        "title": {language: plain_text(entry["title"])},
        "summary": {language: plain_text(entry["description"])},
        "href": {language: url if url.startswith("https://") else f"{_SITE}{url}"},
        "by": None,
        "groups": [groups["group", entry["group"].strip()], groups["topic", entry["topic"].strip()]],
        "needs": needs,
    }
