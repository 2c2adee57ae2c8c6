"""Links to previews of the demo city's pages, one for each of its personas."""

from __future__ import annotations

from typing import Final

from demo.stage import AGENCY
from edge_client.preview.token import Preview
from nearside.deployment import Deployment
from nearside.persona_file import parse_personas

DAY_S: Final = 24 * 60 * 60


def preview_links(
    deployment: Deployment, page: str, *, site: str, now: int, at: str | None
) -> dict[str, str]:
    """Return the address that shows `page` as each persona would see it, by name; it opens until a day after
    `now`, in Unix seconds. `at` is as a token has it."""
    personas = parse_personas((AGENCY / "personas.json").read_bytes())
    signer = deployment.agency_signer()
    return {
        name: page + Preview(site, now + DAY_S, persona, at=at).signed(signer)
        for name, persona in personas.items()
    }
