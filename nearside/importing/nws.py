"""Alerts of the US National Weather Service as GeoJSON (api.weather.gov, `/alerts/active`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.alerts import CODE, Alert, AlertArea, Certainty, Severity, Urgency, Words
from nearside.importing.geojson import polygons_of
from nearside.importing.messages import Kind, Message, message_id_of, plain_line, plain_text, read_time

_LISTS: Final = ("SAME", "UGC")


def message_of(feature: Mapping[str, Any]) -> Message:
    """One feature as a message. Raises `Malformed`, and `Refused` for what is not meant for the public."""
    said = feature.get("properties")
    if not isinstance(said, dict):
        raise Malformed("nws: a feature without properties")
    if _text(said, "status") != "Actual":
        raise Refused("nws: an exercise or a test, not an actual alert")
    if said.get("scope", "Public") != "Public":
        raise Refused("nws: not for the public")
    try:
        kind = Kind(_text(said, "messageType"))
    except ValueError:
        raise Refused("nws: neither an alert nor an update or a cancellation") from None
    sender, identifier = _text(said, "sender"), _text(said, "id")
    sent = read_time(_text(said, "sent"), noun="nws: sent")
    return Message(
        message_id=message_id_of(sender, identifier),
        sent=sent,
        kind=kind,
        references=tuple(_reference(each) for each in _list(said, "references")),
        alerts=() if kind is Kind.CANCEL else (_alert(said, feature.get("geometry"), sent=sent),),
    )


def unwrapped(text: str) -> str:
    """A text whose lines were broken at a fixed width, by paragraphs: lists keep their lines."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    return "\n\n".join(re.sub(r"\n(?!\s*[*-]\s)", " ", paragraph) for paragraph in paragraphs)


def _alert(said: Mapping[str, Any], geometry: object, *, sent: int) -> Alert:
    sender, identifier = _text(said, "sender"), _text(said, "id")
    onset = said.get("onset")
    return Alert(
        alert_id=message_id_of(sender, identifier),
        severity=_word(said, "severity", Severity),
        urgency=_word(said, "urgency", Urgency),
        certainty=_word(said, "certainty", Certainty),
        effective=sent if said.get("effective") is None else _time(said, "effective"),
        onset=None if onset is None else _time(said, "onset"),
        # The message is renewed before the hazard is over, and stands until then where nothing renews it.
        expires=max(_time(said, "expires"), 0 if said.get("ends") is None else _time(said, "ends")),
        replaces=(),
        everyone=False,
        areas=(AlertArea(codes=_codes(said), polygons=polygons_of(geometry, noun="nws: geometry")),),
        words={
            _language(said): Words(
                sender=plain_line(_text(said, "senderName"), 200),
                event=plain_line(_text(said, "event"), 120),
                headline=plain_line(_optional(said, "headline"), 400),
                description=plain_text(unwrapped(_optional(said, "description")), 4000),
                instruction=plain_text(unwrapped(_optional(said, "instruction")), 4000),
                where=plain_line(_optional(said, "areaDesc"), 1000),
            )
        },
    )


def _codes(said: Mapping[str, Any]) -> tuple[str, ...]:
    geocode = said.get("geocode")
    if not isinstance(geocode, dict):
        return ()
    codes = {f"{name}:{value}" for name in _LISTS for value in _list(geocode, name)}
    return tuple(sorted(code for code in codes if re.fullmatch(CODE, code)))


def _reference(value: object) -> str:
    match value:
        case {"sender": str(sender), "identifier": str(identifier)}:
            return message_id_of(sender, identifier)
        case _:
            raise Malformed("nws: a reference names no message")


def _language(said: Mapping[str, Any]) -> str:
    match said.get("language", "en-US"):
        case str(lang) if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", lang):
            return lang
        case _:
            raise Malformed("nws: language is not a tag")


def _word(said: Mapping[str, Any], name: str, words: type[Any]) -> Any:
    text = _text(said, name).lower()
    try:
        return words(text)
    except ValueError:
        raise Malformed(f"nws: {name} is not one of its vocabulary") from None


def _time(said: Mapping[str, Any], name: str) -> int:
    return read_time(_text(said, name), noun=f"nws: {name}")


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Malformed(f"nws: {name} is missing")
    return value


def _optional(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not (value is None or isinstance(value, str)):
        raise Malformed(f"nws: {name} is not a text")
    return value or ""


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name) or []
    if not isinstance(value, list):
        raise Malformed(f"nws: {name} is not a list")
    return value
