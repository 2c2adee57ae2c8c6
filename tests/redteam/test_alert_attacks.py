"""Attackers between a feed and a page: they change, replay, hold back, inflate or sign in part, and are found
out."""

from __future__ import annotations

import time

import pytest
from lxml import etree

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.alerts.matching import in_force
from edge_client.alerts.opening import AlertPin, OpenedAlerts, open_alerts
from nearside.importing.cap import message_of, parse_xml
from nearside.importing.cap_signature import Signatory, signed_root
from tests.support.alerts import AGENCY, HOUR, NOW, SITE, alert, signed, words
from tests.support.cap import SENT, cap, info, signing

BOMB = "".join(
    [
        "<!DOCTYPE alert [<!ENTITY a 'xxxxxxxxxx'>",
        *(f"<!ENTITY {chr(98 + step)} '{f'&{chr(97 + step)};' * 10}'>" for step in range(9)),
        "]>",
    ]
)


def opened(raw: bytes, *, pin: AlertPin | None = None, now: int = NOW) -> OpenedAlerts:
    """What a device takes, its signature verified."""
    found = open_alerts(raw, site=SITE, agency=AGENCY.key, pin=pin or AlertPin())
    verify_claims(found.claims)
    found.check_end(now)
    return found


def test_no_byte_of_the_file_can_change() -> None:
    """Every single byte of it: form, hash or signature gives the change away."""
    raw = signed(alert(1)).to_bytes()
    assert len(opened(raw).alerts.alerts) == 1
    for place in range(len(raw)):
        other = b"0" if raw[place : place + 1] != b"0" else b"1"
        with pytest.raises((Malformed, Untrue, Refused)):
            opened(raw[:place] + other + raw[place + 1 :])


def test_a_replay_is_refused_by_its_number() -> None:
    """A device that saw the evacuation does not go back to the day before."""
    before, after = signed(alert(1), sequence=4), signed(alert(2), sequence=5)
    pin = opened(after.to_bytes()).pin
    with pytest.raises(Refused, match="older"):
        opened(before.to_bytes(), pin=pin)
    with pytest.raises(Untrue, match="under a number"):
        opened(signed(sequence=5).to_bytes(), pin=pin)


def test_a_file_that_is_held_back_ends() -> None:
    """Who keeps a new file from a device cannot keep the old one in force for longer than it said."""
    file = signed(alert(1, expires=NOW + 90 * HOUR), not_after=NOW + HOUR)
    assert len(in_force(opened(file.to_bytes(), now=NOW + HOUR - 1).alerts.alerts, NOW)) == 1
    with pytest.raises(Refused, match="over"):
        opened(file.to_bytes(), now=NOW + HOUR)


def test_only_what_was_signed_is_read() -> None:
    """Unsigned, changed, another's, expired, commented, wrapped, moved: refused, or read as it was signed."""
    city, stranger = signing(), signing("stranger.example")
    trusted = [Signatory.of(city.pem)]
    honest = city.sign(cap(info(event="High river")))

    def event(raw: bytes) -> str:
        return message_of(signed_root(raw, trusted)).alerts[0].words["en"].event

    assert event(honest) == "High river"
    # A comment is no part of what canonical XML signs, and must not cut a text in two.
    assert event(honest.replace(b"High river", b"High <!-- -->river")) == "High river"
    with pytest.raises(Refused, match="not signed"):
        event(cap(info()))
    for forged in (
        honest.replace(b"High river", b"High water"),
        stranger.sign(cap(info())),
        honest.replace(b"2026-11-22T15:00", b"2027-11-22T15:00"),
        honest.replace(b"SignedInfo", b"signedInfo"),
        _wrapped(honest),
        _moved(honest),
    ):
        with pytest.raises((Untrue, Refused)):
            event(forged)
    late = signing(begins=SENT.replace(year=2020))
    with pytest.raises(Untrue):
        signed_root(late.sign(cap(info())), [Signatory.of(late.pem)])


def _wrapped(raw: bytes) -> bytes:
    """The signed message inside another one, whose signature is the first one's."""
    inner = etree.fromstring(raw)
    signature = inner.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    outer = etree.fromstring(cap(info(event="Leave the city")))
    outer.append(inner)
    outer.append(signature)
    return bytes(etree.tostring(outer))


def _moved(raw: bytes) -> bytes:
    """The signature on a message that it was not made for."""
    signature = etree.fromstring(raw).find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    other = etree.fromstring(cap(info(event="Leave the city")))
    other.append(signature)
    return bytes(etree.tostring(other))


@pytest.mark.parametrize(
    "before",
    [
        BOMB,
        "<!DOCTYPE alert [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE alert [<!ENTITY a SYSTEM 'http://127.0.0.1:9/'>]>",
        "<!DOCTYPE alert SYSTEM 'http://127.0.0.1:9/alert.dtd'>",
        "<!DOCTYPE alert [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]>",
        "<!DOCTYPE alert [<!ATTLIST alert xmlns CDATA 'urn:oasis:names:tc:emergency:cap:1.2'>]>",
    ],
    ids=["a billion", "a file", "an address", "a definition", "a parameter", "a default"],
)
def test_no_entity_grows_or_reads_anything(before: str) -> None:
    """Refused at once, with nothing of the document in the error."""
    raw = cap(info(event="&j;" if before == BOMB else "&a;" if "ENTITY a" in before else "x"), before=before)
    started = time.process_time()
    with pytest.raises(Malformed, match=r"document type|not xml") as caught:
        parse_xml(raw)
    assert time.process_time() - started < 1
    assert "root" not in str(caught.value)


def test_depth_and_width_are_bounded() -> None:
    """A thousand levels, a million bytes, a hundred thousand attributes: refused, and soon."""
    deep = cap(info(where="<x>" * 1000 + "</x>" * 1000))
    wide = b"<alert " + b" ".join(b"a%d=''" % number for number in range(100_000)) + b"/>"
    for raw in (deep, wide, cap(info(event="x" * 1_100_000))):
        started = time.process_time()
        with pytest.raises(Malformed):
            message_of(parse_xml(raw))
        assert time.process_time() - started < 2


def test_an_error_repeats_nothing_of_a_message() -> None:
    """Whoever reads the log of a publisher learns what was wrong, and not what was said."""
    canary = "canary-47-riverside-lane"
    for raw in (
        cap(info(event=canary, severity=canary)),
        cap(info(event=canary, area=f"<polygon>{canary}</polygon>")),
        cap(info(event=canary, more=f"<expires>{canary}</expires>")),
        cap(info(event=canary, language=canary)),
        f"<alert>{canary}".encode(),
    ):
        with pytest.raises(Malformed) as caught:
            message_of(parse_xml(raw))
        assert canary not in str(caught.value)
    text = signed(alert(1, said=words(canary))).to_bytes()
    with pytest.raises(Untrue) as changed:
        opened(text.replace(canary.encode(), canary.upper().encode()))
    assert canary not in str(changed.value).lower()
