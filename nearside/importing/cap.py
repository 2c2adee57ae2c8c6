"""Alerts in the Common Alerting Protocol (OASIS CAP 1.1 and 1.2), an XML document each.

What is read here is what was signed, where a signature is asked for (`nearside/importing/cap_signature.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from lxml import etree

from consent_ledger.errors import Malformed, Refused
from edge_client.wire.alerts import (
    CODE,
    LANGUAGE,
    Alert,
    AlertArea,
    Certainty,
    Severity,
    Urgency,
    Words,
)
from edge_client.wire.polygons import Polygon
from nearside.importing.messages import Kind, Message, message_id_of, plain_line, plain_text, read_time
from nearside.importing.shapes import circle_of, polygon_of

MAX_BYTES: Final = 1024 * 1024
NAMESPACES: Final = ("urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1")
DEFAULT_LIFE_S: Final = 24 * 60 * 60
"""For how long an alert that names no end is said, which CAP leaves to the recipient (section 3.2.2)."""

_SAME_LIST: Final = {"FIPS6": "SAME"}
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?")


def parse_xml(raw: bytes) -> Any:
    """The root element of a document. Raises `Malformed`, also for any document type declaration: nothing in
    an alert needs one, and entities are how a small file grows into gigabytes."""
    if len(raw) > MAX_BYTES:
        raise Malformed("cap: too long")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Malformed("cap: not xml") from None
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("cap: a document type declaration")
    return root


def message_of(root: Any) -> Message:
    """One document as a message. Raises `Malformed`, and `Refused` for what is not meant for the public."""
    alert = _Element.root(root)
    if alert.text("status") != "Actual":
        raise Refused("cap: an exercise, a test or a draft, not an actual alert")
    if alert.text("scope") != "Public":
        raise Refused("cap: not for the public")
    try:
        kind = Kind(alert.text("msgType"))
    except ValueError:
        raise Refused("cap: neither an alert nor an update or a cancellation") from None
    sender, identifier = alert.text("sender"), alert.text("identifier")
    sent = sent_at(root)
    references = _references(alert)
    if kind is not Kind.ALERT and not references:
        raise Malformed("cap: an update or a cancellation that refers to nothing")
    infos = alert.all("info")
    if kind is not Kind.CANCEL and not infos:
        raise Refused("cap: an alert that says nothing")
    return Message(
        message_id=message_id_of(sender, identifier),
        sent=sent,
        kind=kind,
        references=references,
        alerts=() if kind is Kind.CANCEL else _alerts(infos, sender=sender, identifier=identifier, sent=sent),
    )


def sent_at(root: Any) -> int:
    """When a document says that it was sent, in Unix seconds. Raises `Malformed`."""
    return read_time(_Element.root(root).text("sent"), noun="cap: sent")


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of CAP's own namespace, read by the names of its children."""

    node: Any
    namespace: str

    @classmethod
    def root(cls, node: Any) -> _Element:
        name = etree.QName(node)
        if name.localname != "alert" or name.namespace not in NAMESPACES:
            raise Malformed("cap: not an alert of CAP 1.1 or 1.2")
        return cls(node, str(name.namespace))

    def all(self, name: str) -> list[_Element]:
        return [_Element(node, self.namespace) for node in self.node.findall(f"{{{self.namespace}}}{name}")]

    @property
    def whole(self) -> str:
        # A comment inside a text is no part of it, and no end of it either.
        return str(self.node.xpath("string()")).strip()

    def optional(self, name: str) -> str | None:
        found = self.all(name)
        if len(found) > 1:
            raise Malformed(f"cap: {name} is there twice")
        return found[0].whole if found else None

    def text(self, name: str) -> str:
        value = self.optional(name)
        if not value:
            raise Malformed(f"cap: {name} is missing")
        return value


def _references(alert: _Element) -> tuple[str, ...]:
    text = alert.optional("references")
    if text is None:
        return ()
    ids = []
    for each in text.split():
        match each.split(","):
            case [sender, identifier, sent]:
                read_time(sent, noun="cap: references")
                ids.append(message_id_of(sender, identifier))
            case _:
                raise Malformed("cap: references are not sender, identifier and time")
    if not ids:
        raise Malformed("cap: references name nothing")
    return tuple(ids)


def _alerts(infos: list[_Element], *, sender: str, identifier: str, sent: int) -> tuple[Alert, ...]:
    """One alert for each thing that is said, in all the languages that it is said in."""
    said: list[tuple[Alert, dict[str, Words]]] = []
    for info in infos:
        lang, words = _words(info, sender=sender)
        alert = _alert(info, sent=sent)
        for known, texts in said:
            if known == alert and lang not in texts:
                texts[lang] = words
                break
        else:
            said.append((alert, {lang: words}))
    return tuple(
        replace(alert, alert_id=message_id_of(sender, identifier, part=part), words=texts)
        for part, (alert, texts) in enumerate(said)
    )


def _alert(info: _Element, *, sent: int) -> Alert:
    effective = _time(info, "effective")
    expires = _time(info, "expires")
    areas = info.all("area")
    if not areas:
        raise Malformed("cap: an alert without an area")
    return Alert(
        alert_id="",
        severity=_word(info, "severity", Severity),
        urgency=_word(info, "urgency", Urgency),
        certainty=_word(info, "certainty", Certainty),
        effective=sent if effective is None else effective,
        onset=_time(info, "onset"),
        expires=sent + DEFAULT_LIFE_S if expires is None else expires,
        replaces=(),
        everyone=False,
        areas=tuple(_area(area) for area in areas),
        words={},
    )


def _words(info: _Element, *, sender: str) -> tuple[str, Words]:
    lang = info.optional("language") or "en-US"
    if re.fullmatch(LANGUAGE, lang) is None:
        raise Malformed("cap: language is not a tag")
    areas = [area.text("areaDesc") for area in info.all("area")]
    return lang, Words(
        sender=plain_line(info.optional("senderName") or sender, 200),
        event=plain_line(info.text("event"), 120),
        headline=plain_line(info.optional("headline") or "", 400),
        description=plain_text(info.optional("description") or "", 4000),
        instruction=plain_text(info.optional("instruction") or "", 4000),
        where=plain_line("; ".join(areas), 1000),
    )


def _area(area: _Element) -> AlertArea:
    area.text("areaDesc")
    polygons = [_polygon(each.whole) for each in area.all("polygon")]
    polygons += [_circle(each.whole) for each in area.all("circle")]
    codes = sorted({_code(each) for each in area.all("geocode")})
    if not polygons and not codes:
        raise Malformed("cap: an area with neither polygon, circle nor code")
    return AlertArea(tuple(codes), tuple(polygons))


def _polygon(text: str) -> Polygon:
    points = [_position(pair) for pair in text.split()]
    if len(points) < 4 or points[0] != points[-1]:
        raise Malformed("cap: a polygon is not closed, or has fewer than four points")
    return polygon_of([points], noun="cap: polygon")


def _circle(text: str) -> Polygon:
    match text.split():
        case [middle, radius] if re.fullmatch(r"\d{1,5}(?:\.\d{1,15})?", radius):
            longitude, latitude = _position(middle)
            return circle_of(
                longitude=longitude, latitude=latitude, radius_km=float(radius), noun="cap: circle"
            )
        case _:
            raise Malformed("cap: a circle is not a point and a radius")


def _position(pair: str) -> tuple[float, float]:
    """Longitude and latitude of CAP's pair, which has them the other way round."""
    match pair.split(","):
        case [latitude, longitude] if _NUMBER.fullmatch(latitude) and _NUMBER.fullmatch(longitude):
            return float(longitude), float(latitude)
        case _:
            raise Malformed("cap: not a pair of latitude and longitude")


def _code(geocode: _Element) -> str:
    name, value = geocode.text("valueName"), geocode.text("value")
    parts = (_SAME_LIST.get(name, name), value)
    # Lists may have any name, such as a URL: what a code cannot hold becomes a hyphen.
    code = ":".join(
        re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-.")[:most]
        for part, most in zip(parts, (32, 64), strict=True)
    )
    if re.fullmatch(CODE, code) is None:
        raise Malformed("cap: a geocode without a name or a value")
    return code


def _word(info: _Element, name: str, words: type[Any]) -> Any:
    text = info.text(name).lower()
    try:
        return words(text)
    except ValueError:
        raise Malformed(f"cap: {name} is not one of its vocabulary") from None


def _time(info: _Element, name: str) -> int | None:
    text = info.optional(name)
    return None if not text else read_time(text, noun=f"cap: {name}")
