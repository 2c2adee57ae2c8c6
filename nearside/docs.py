"""Prints the documents that are made from code: `python -m nearside.docs` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from consent_ledger.storage.whole_file import replace_file
from edge_client.wire.register import REGISTER, BodySize, Kept, Outgoing
from nearside.agency_openapi import openapi
from nearside.settings import Settings

WHAT_LEAVES: Final = "docs/what-leaves-the-device.md"
OPENAPI: Final = "docs/openapi.json"

_INTRODUCTION: Final = """\
# What leaves the device

This page is printed from `edge_client/wire/register.py` by `make docs`; a change here is lost.
Tests compare the register with the messages' own types, with the only list of addresses in the browser's code
(`edge_client/web/host.js`), with the effects that a session can ask for, and with what the functions keep
(`tests/contract/test_wire_register.py`, `tests/contract/test_ways_out.py`).

The list of pages that a citizen looked at, what was suggested and why, and what was answered, pinned or
called not relevant are in no message.
They stay in the browser's own storage, and the panel under the choices shows and deletes them.
"""

_REST: Final = """\
## The same size, whatever it says

```python
from edge_client.wire.contribution import Contribution
from edge_client.wire.register import REPORT

task, week = "riverton-moves-1", "2026-W47"
nothing = Contribution.nothing(task, period=week, report_id="0" * 32)
something = Contribution(task, week, "f" * 32, source=12, target=345)
assert len(nothing.to_bytes()) == len(something.to_bytes()) == REPORT.size.of(task)
```

## What the network sees

Whoever carries the messages (the network, AWS) sees an internet address and a time, as with any page.
No code of ours reads the address, and no access log is kept (`infra/api.yaml`, `infra/delivery.yaml`).
What `host.js` sends carries no cookie, no referrer and no credentials.
The loader and the runtime are fetched by the browser like any script of the page.
For visits at the same times, number, order and sizes of all messages are the same whatever was looked at:
`tests/redteam/test_non_interference.py` compares pairs of visitors.

The pages themselves are the agency's, and are requested from its server as they always were.
Following a suggestion is a visit like any other: its address does not say that it was suggested.

Whoever holds receipts can have the agency's copy erased without the device: the same request, with the
receipts' salts in place of a signature ([docs/formats/ledger.md](formats/ledger.md)).
"""


def what_leaves() -> str:
    """Return the page that says what leaves the device, in Markdown."""
    return "\n".join((_INTRODUCTION, _overview(), *(_section(message) for message in REGISTER), _REST))


@click.command()
def main() -> None:
    """Write the documents that are made from code."""
    path: Path = Settings.read().project / WHAT_LEAVES
    replace_file(path, what_leaves().encode())
    click.echo(f"{WHAT_LEAVES}: {len(REGISTER)} kinds of message")
    replace_file(Settings.read().project / OPENAPI, openapi().encode())
    click.echo(f"{OPENAPI}: the agency API")


def _overview() -> str:
    rows = (
        f"| [{message.name}](#{_anchor(message.name)}) | `{message.method} {message.path}` "
        f"| {_purpose(message)} | {_size(message.size)} |"
        for message in REGISTER
    )
    return "\n".join(
        ("| what | request | consent | bytes in its body |", "| --- | --- | --- | --- |", *rows, "")
    )


def _section(message: Outgoing) -> str:
    return "\n".join((f"## {message.name}", "", f"`{message.method} {message.path}`", "", *_facts(message)))


def _facts(message: Outgoing) -> Iterator[str]:
    yield f"**Consent:** {_purpose(message)}."
    yield f"**Bytes in its body:** {_size(message.size)}."
    yield ""
    yield f"**When:** {message.sent}"
    yield ""
    yield f"**What the server learns:** {message.learnt}"
    yield ""
    if message.fields:
        yield "| field | meaning |"
        yield "| --- | --- |"
        yield from (f"| `{field.name}` | {field.meaning} |" for field in message.fields)
        yield ""
    if message.kept:
        yield "| kept of it | until |"
        yield "| --- | --- |"
        yield from (f"| {kept.what} | {until_when(kept)} |" for kept in message.kept)
    else:
        yield "Nothing of it is kept."
    yield ""


def _purpose(message: Outgoing) -> str:
    return f"`{message.purpose}`" if message.purpose else "none needed"


def _size(size: BodySize) -> str:
    if not size.with_task_name:
        return f"{size.fixed:,}, always" if size.fixed else "0"
    return f"{size.fixed:,} and the letters of the task's name, always"


def until_when(kept: Kept) -> str:
    """Return until when something is kept, in words."""
    return kept.lasts


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


if __name__ == "__main__":
    main()
