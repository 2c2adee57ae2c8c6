"""Plays the CloudFront function `FrontDoor` of `infra/delivery.yaml`: which path a request is for, if any.

Why, and what it keeps out: docs/adr/0029-an-origin-of-its-own.md. A test runs both on the same requests.
"""

from __future__ import annotations

from typing import Final

from nearside.device_page import ADDRESS
from nearside.local.messages import HttpRequest

_NO_FOLDERS: Final = ("/nearside/", "/ledger/")


def admitted(request: HttpRequest, device: str) -> str | None:
    """Return the path to ask the origin for; None where the request is not answered.

    `device` is the host, with its port, of the devices' own origin. There one page is served, and to that
    page alone what it is made of: a browser says of each request who makes it and whether it opens a page.
    """
    is_device = request.headers.get("host", "") == device
    if request.path == ADDRESS:
        return ADDRESS if is_device else None
    site, mode = (request.headers.get(name, "") for name in ("sec-fetch-site", "sec-fetch-mode"))
    if is_device and (site != "same-origin" or mode in ("", "navigate")):
        return None
    return request.path if request.path.startswith(_NO_FOLDERS) else clean_url(request.path)


def clean_url(path: str) -> str:
    """Take a path without an extension for a folder, and a folder for its index.html."""
    last = path.rpartition("/")[2]
    if last == "":
        return f"{path}index.html"
    return path if "." in last else f"{path}/index.html"
