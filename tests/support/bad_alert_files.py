"""Files of alerts that no device may take, and the kind of error that says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from consent_ledger import canonical
from consent_ledger.note import sign_note
from edge_client.wire.alert_file import MAX_LIFETIME_S, AlertFile, AlertHead, entry_of
from tests.support.alerts import AGENCY, HOUR, NOW, SITE, STRANGER, alert, alert_id, signed


def bad_files() -> list[dict[str, Any]]:
    """Files that must be refused, and how."""
    good = signed(alert(1), sequence=5)
    other = signed(alert(2), sequence=5)
    text = good.to_bytes().decode()

    def row(name: str, raw: str, error: str, **trust: Any) -> dict[str, Any]:
        pin = {"sequence": trust.get("sequence", 0), "digest": trust.get("digest")}
        return {
            "name": name,
            "text": raw,
            "site": trust.get("site", SITE),
            "key": str(AGENCY.key),
            "pin": pin,
            "now": trust.get("now", NOW),
            "error": error,
        }

    def mixed(head: AlertFile, body: AlertFile) -> str:
        return canonical.encode(
            {"v": 1, "head": head.note.to_bytes().decode(), "alerts": body.alerts.decode()}
        ).decode()

    rows = [
        row(
            "signed by a stranger of the same name",
            signed(alert(1), signer=STRANGER).to_bytes().decode(),
            "Untrue",
        ),
        row("signed by nobody known", _renamed(good), "Untrue"),
        row("the alerts of another file", mixed(good, other), "Untrue"),
        row("a changed text", text.replace("High river", "Low river!"), "Untrue"),
        row("a changed number in the head", text.replace('\\"sequence\\":5', '\\"sequence\\":6'), "Untrue"),
        row("another site", text, "Untrue", site="elsewhere"),
        row("older than what was seen", text, "Refused", sequence=6, digest="0" * 64),
        row("another under the same number", text, "Untrue", sequence=5, digest=other.digest.hex()),
        row("over", text, "Refused", now=good.head.not_after),
        row("not json", "{", "Malformed"),
        row("nothing", "", "Malformed"),
        row("a space", text.replace('","v":1}', '", "v":1}'), "Malformed"),
        row("a field more", text.replace('"v":1}', '"v":1,"w":1}'), "Malformed"),
        row("too large", text[:-2] + " " * 600_000 + text[-2:], "Malformed"),
        row("believed for ever", _headed(good, not_after=good.head.issued + MAX_LIFETIME_S + 1), "Malformed"),
        row("over before it began", _headed(good, not_after=good.head.issued), "Malformed"),
        row("number zero", _headed(good, sequence=0), "Malformed"),
        row("a head for another site", _headed(good, site="elsewhere"), "Untrue"),
    ]
    return [*rows, *(row(name, raw, error) for name, raw, error in _bad_alerts())]


def _renamed(file: AlertFile) -> str:
    signature = replace(file.note.signatures[0], name="somebody.example/bundles")
    return replace(file, note=replace(file.note, signatures=(signature,))).to_bytes().decode()


def _headed(file: AlertFile, **changed: Any) -> str:
    head = replace(file.head, **changed)
    return replace(file, note=sign_note(str(head), AGENCY), head=head).to_bytes().decode()


def _bad_alerts() -> list[tuple[str, str, str]]:
    """Alerts that are signed as they should be, and are still not to be read."""
    ring = list(map(int, (0, 0, 10, 0, 10, 10)))

    def area(**changed: Any) -> Callable[[dict[str, Any]], None]:
        return lambda one: one.update(everyone=False, areas=[{"codes": ["a:b"], "polygons": [], **changed}])

    def said(**changed: Any) -> Callable[[dict[str, Any]], None]:
        return lambda one: one["words"]["en"].update(changed)

    changes: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
        ("no event", said(event=""), "Malformed"),
        ("a headline of two lines", said(headline="a\nb"), "Malformed"),
        ("a control character", said(description="a\u0007b"), "Malformed"),
        ("a text that never ends", said(instruction="x" * 4001), "Malformed"),
        ("a word too many", said(href="https://example.org"), "Malformed"),
        ("no known language", lambda one: one.update(words={"english": one["words"]["en"]}), "Malformed"),
        ("no language", lambda one: one.update(words={}), "Malformed"),
        ("an unknown severity", lambda one: one.update(severity="terrible"), "Malformed"),
        ("a fraction of a second", lambda one: one.update(expires=str(NOW)), "Malformed"),
        ("ends before it begins", lambda one: one.update(expires=one["effective"]), "Untrue"),
        ("replaces itself", lambda one: one.update(replaces=[one["id"]]), "Untrue"),
        ("replaces in disorder", lambda one: one.update(replaces=["f" * 32, "e" * 32]), "Malformed"),
        ("concerns nobody", lambda one: one.update(everyone=False), "Untrue"),
        ("everyone, perhaps", lambda one: one.update(everyone=1), "Malformed"),
        ("a code without a list", area(codes=["harbour"]), "Malformed"),
        ("a code twice", area(codes=["a:b", "a:b"]), "Malformed"),
        ("an area of nothing", area(codes=[]), "Malformed"),
        ("a polygon without rings", area(polygons=[[]]), "Malformed"),
        ("half a point", area(polygons=[[[*ring, 5]]]), "Malformed"),
        ("two points", area(polygons=[[ring[:4]]]), "Malformed"),
        ("a point that is a text", area(polygons=[[["0", *ring[1:]]]]), "Malformed"),
        ("a point that is true", area(polygons=[[[True, *ring[1:]]]]), "Malformed"),
        ("a closed ring", area(polygons=[[[*ring, 0, 0]]]), "Malformed"),
        ("a point twice", area(polygons=[[[0, 0, 0, 0, *ring]]]), "Malformed"),
        ("beyond a pole", area(polygons=[[[*ring, 0, 90_000_001]]]), "Malformed"),
        ("half a turn in one side", area(polygons=[[[*ring, 180_000_000, 10]]]), "Malformed"),
        ("too far west", area(polygons=[[[-180_000_001, 0, -179_000_000, 0, -179_000_000, 9]]]), "Malformed"),
        ("too far east", area(polygons=[[[180_000_000, 0, 180_000_009, 0, 180_000_009, 9]]]), "Malformed"),
    ]  # fmt: skip
    rows = []
    for name, change, error in changes:
        value = json.loads(signed(alert(1)).alerts)
        change(value["alerts"][0])
        rows.append((name, _signed_raw(value), error))
    twice = json.loads(signed(alert(1)).alerts)
    twice["alerts"] *= 2
    many = json.loads(signed(alert(1)).alerts)
    many["alerts"] = [{**many["alerts"][0], "id": alert_id(number)} for number in range(201)]
    ahead = json.loads(signed(alert(1), alert(2)).alerts)
    ahead["alerts"].reverse()
    rows += [
        ("an alert twice", _signed_raw(twice), "Malformed"),
        ("too many alerts", _signed_raw(many), "Malformed"),
        ("out of order", _signed_raw(ahead), "Malformed"),
        ("too many points", _signed_raw(_crowded()), "Malformed"),
        ("alerts of another site", _signed_raw({**twice, "alerts": [], "site": "elsewhere"}), "Untrue"),
    ]
    return rows


def _crowded() -> dict[str, Any]:
    """Three alerts with seven thousand points each."""
    value: dict[str, Any] = json.loads(signed(alert(1), alert(2), alert(3)).alerts)
    ring = [0, 9, *(number for step in range(6999) for number in (step % 10, step % 2))]
    for one in value["alerts"]:
        one["areas"] = [{"codes": [], "polygons": [[ring]]}]
    return value


def _signed_raw(value: object) -> str:
    raw = canonical.encode(value)
    head = AlertHead(SITE, 1, NOW - 60, NOW + HOUR, entry_of(raw), None)
    return AlertFile(sign_note(str(head), AGENCY), head, raw).to_bytes().decode()
