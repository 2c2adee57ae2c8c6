"""The one page of the origin in which a site's devices keep what they know.

Why, and what a page still sees: docs/adr/0029-an-origin-of-its-own.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

import click

from consent_ledger.checkpoint import LogKeys
from consent_ledger.errors import Refused
from consent_ledger.note import VerifierKey

ADDRESS = "/nearside/device.html"
_ORIGIN = re.compile(
    r"https://[a-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|([a-z0-9-]+\.)?localhost)(:[0-9]+)?"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
<script type="module" src="/nearside/device.js" data-pages="{pages}" data-site="{site}"
  data-controller="{controller}" data-agency-key="{agency_key}" data-ledger-key="{ledger_key}"></script>
</head>
<body>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class DevicePage:
    """What the page says for itself, so that no page around its frame can say it.

    `pages` is the origin that it answers, and both keys are those that its device believes; `style` is the
    path of the site's style sheet, which the devices' origin serves as well.
    """

    pages: str
    site: str
    controller: str
    agency_key: str
    ledger_key: str
    style: str

    def to_html(self) -> bytes:
        """Print the page. Raises `Refused` where `pages` is not an origin, `Malformed` for a bad key."""
        if _ORIGIN.fullmatch(self.pages) is None:
            raise Refused("device page: the pages are not those of one origin, with https")
        VerifierKey.parse(self.agency_key)
        LogKeys.from_text(self.ledger_key)
        named = {name: escape(getattr(self, name)) for name in self.__slots__}
        return _PAGE.format(title=escape(self.controller), **named).encode()


@click.command()
@click.option("--pages", required=True, help="Origin of the site's pages.")
@click.option("--site", required=True, help="Name of the site whose bundle is used.")
@click.option("--controller", help="Name of the agency in consent records; the site's where there is none.")
@click.option("--agency-key", required=True, help="Verifier key that signs bundles.")
@click.option("--ledger-key", required=True, help="Verifier key that signs the log.")
@click.option("--style", required=True, help="Path of the site's style sheet.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def main(
    *,
    pages: str,
    site: str,
    controller: str | None,
    agency_key: str,
    ledger_key: str,
    style: str,
    out: Path,
) -> None:
    """Write the page that an origin of the devices' own serves as /nearside/device.html."""
    page = DevicePage(pages, site, controller or site, agency_key, ledger_key, style)
    out.write_bytes(page.to_html())


if __name__ == "__main__":
    main()
