"""A kept reminder to bytes and back: what a page reads when it is opened, and believes if it is whole."""

from __future__ import annotations

from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.reminders.due import FIRST_ANCHOR, LAST_ANCHOR, Kept, last_day
from edge_client.wire.condition import read_day
from edge_client.wire.reminders import MOST_LEADS, print_reminder, read_reminder, read_zone

MAX_KEPT_BYTES: Final = 16 * 1024
MOST_PERIODS: Final = 100_000


def print_kept(kept: Kept) -> bytes:
    """Print canonical JSON; `until` is its last day, for whoever clears up without reckoning."""
    return canonical.encode(
        {
            "v": 1,
            "reminder": print_reminder(kept.reminder),
            "zone": kept.zone,
            "anchor": kept.anchor.isoformat(),
            "period": kept.period,
            "put_off": kept.put_off,
            "until": last_day(kept).isoformat(),
        }
    )


def read_kept(raw: bytes) -> Kept:
    """Read what `print_kept` printed. Raises `Malformed`."""
    fields = Fields(canonical.decode(raw, max_bytes=MAX_KEPT_BYTES), "kept reminder")
    fields.whole("v", low=1, high=1)
    kept = Kept(
        reminder=read_reminder(fields.take("reminder"), "kept reminder"),
        zone=read_zone(fields),
        anchor=read_day(fields.text("anchor"), "kept reminder: anchor"),
        period=fields.whole("period", high=MOST_PERIODS),
        put_off=fields.whole("put_off", high=MOST_LEADS),
    )
    until = fields.text("until")
    fields.done()
    if not FIRST_ANCHOR <= kept.anchor <= LAST_ANCHOR:
        raise Malformed("kept reminder: anchor is out of range")
    try:
        if last_day(kept).isoformat() != until:
            raise Malformed("kept reminder: until is not its last day")
    except OverflowError:
        raise Malformed("kept reminder: past the calendar's end") from None
    return kept
