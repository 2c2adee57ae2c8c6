"""What feeds say, before it is one list: messages that add, replace and take back alerts."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from consent_ledger.errors import Malformed
from edge_client.wire.alerts import Alert

_SPACE = re.compile(r"[^\S\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:\d\d|Z)")


class Kind(enum.Enum):
    """What a message does to those that it refers to (CAP 1.2, section 3.2.1, msgType)."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a feed; `references` are the ids of earlier messages, `sent` is in Unix seconds."""

    message_id: str
    sent: int
    kind: Kind
    references: tuple[str, ...]
    alerts: tuple[Alert, ...]


def fold(messages: Iterable[Message], now: int) -> tuple[Alert, ...]:
    """What messages add up to at a time in Unix seconds: the alerts that are in force, or will be, by id.

    The order in which they came does not matter. An update or a cancellation takes away what it refers to,
    and what that had referred to; an update that is still to come names what it will replace.
    """
    newest: dict[str, Message] = {}
    for message in messages:
        known = newest.get(message.message_id)
        if known is None or known.sent < message.sent:
            newest[message.message_id] = message
    gone: set[str] = set()
    for message in newest.values():
        if message.kind is Kind.CANCEL or (
            message.kind is Kind.UPDATE and all(alert.effective <= now for alert in message.alerts)
        ):
            gone |= _before(message, newest)
    return tuple(
        sorted(
            (
                replace(alert, replaces=_replaced(message, newest, gone=gone))
                for message in newest.values()
                if message.message_id not in gone and message.kind is not Kind.CANCEL
                for alert in message.alerts
                if alert.expires > now
            ),
            key=lambda alert: alert.alert_id,
        )
    )


def message_id_of(sender: str, identifier: str, *, part: int = 0) -> str:
    """32 hex digits that stand for a message, or for one of several alerts in it.

    A sender assigns an identifier once (CAP 1.2, section 3.2.1).
    """
    text = f"{sender},{identifier}" if part == 0 else f"{sender},{identifier},{part}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_time(text: str, *, noun: str) -> int:
    """Unix seconds of a time with its zone (CAP 1.2, section 3.3.2; RFC 3339). Raises `Malformed`."""
    if _TIME.fullmatch(text) is None:
        raise Malformed(f"{noun}: not a time with its zone")
    try:
        return max(0, int(datetime.fromisoformat(text).timestamp()))
    except ValueError:
        raise Malformed(f"{noun}: not a time of the calendar") from None


def plain_line(text: str, most: int) -> str:
    """A text on one line, cut at a word where it is too long."""
    return cut(_SPACE.sub(" ", _CONTROL.sub(" ", text).replace("\n", " ")).strip(), most)


def plain_text(text: str, most: int) -> str:
    """A text of several lines without control characters, cut at a word where it is too long."""
    lines = (_SPACE.sub(" ", line).strip() for line in text.replace("\r\n", "\n").splitlines())
    return cut(_CONTROL.sub("", re.sub(r"\n{3,}", "\n\n", "\n".join(lines))).strip(), most)


def cut(text: str, most: int) -> str:
    """At most so many characters of a text, ending in an ellipsis where some are left out."""
    if len(text) <= most:
        return text
    head = text[: most - 2]
    return f"{head.rpartition(' ')[0] or head} …"


def _before(message: Message, known: dict[str, Message]) -> set[str]:
    found: set[str] = set()
    ahead = list(message.references)
    while ahead:
        one = ahead.pop()
        if one not in found and one != message.message_id:
            found.add(one)
            ahead += known[one].references if one in known else ()
    return found


def _replaced(message: Message, known: dict[str, Message], *, gone: set[str]) -> tuple[str, ...]:
    if message.kind is not Kind.UPDATE:
        return ()
    still = (known[one] for one in _before(message, known) - gone if one in known)
    return tuple(sorted({alert.alert_id for each in still for alert in each.alerts}))
