"""Names on the command line that go into what is written."""

from __future__ import annotations

import click

from consent_ledger.errors import Malformed
from edge_client.wire.release import check_site


class SiteName(click.ParamType[str]):
    """The short name of a site, as releases and budgets carry it."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return `value`, or fail under the option's name."""
        try:
            check_site(value)
        except Malformed:
            self.fail("not a short lower case name such as riverton", param, ctx)
        return value
