"""A choice as pages keep it in a browser's storage, in the words of the city's notices."""

from __future__ import annotations

import json

from nearside.edge_build import ROOT


def notice_version() -> int:
    """Return the version of the city's notices, which all their languages share."""
    notice = json.loads((ROOT / "demo/agency/notices/en.json").read_bytes())
    return int(notice["version"])


def kept_choice(*given: str, at: int = 1000, version: int | None = None) -> str:
    """Return the text that pages keep of a choice that was logged, or of a no that needs no record.

    `version` is that of the words that were shown, None for the city's newest.
    """
    return json.dumps(
        {
            "given": given,
            "asked": given or ["suggest", "learn"],
            "version": notice_version() if version is None else version,
            "at": at,
            "gpc": "absent",
            "ever": bool(given),
            "notice": None,
        }
    )
