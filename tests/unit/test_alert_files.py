"""Alerts as they arrive: what opens, what is refused, and that both readers agree."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.note import VerifierKey
from edge_client.alerts.opening import AlertPin, open_alerts, open_areas
from edge_client.alerts.place import Place
from edge_client.wire.alert_file import MAX_HEAD_BYTES, AlertFile, AlertHead
from edge_client.wire.alerts import MAX_ALERTS_BYTES, Alerts
from edge_client.wire.areas import Areas
from edge_client.wire.manifest import FileEntry
from tests.support import alert_vectors
from tests.support.alerts import AGENCY, NOW, SITE, alert, signed, words

FOLDER = alert_vectors.FOLDER
TWIN = Path(__file__).resolve().parent.parent / "support" / "alerts_js.mjs"
KINDS = {"Malformed": Malformed, "Untrue": Untrue, "Refused": Refused}
PLACES = [
    ('{"codes":["a:b"],"since":1000,"v":1}', 5000),
    ('{"codes":["a:b"],"since":1000,"v":1}', 999),
    ('{"codes":["a:b"],"since":1000,"v":1}', 1000 + 90 * 24 * 60 * 60 * 1000),
    ('{"codes":["b:b","a:b"],"since":1000,"v":1}', 5000),
    ('{"codes":[],"since":1000,"v":1}', 5000),
    ('{"codes":["a:b"],"lat":5,"since":1000,"v":1}', 5000),
    ("null", 5000),
]
POINTS = [[5, 5], [10, 5], [99, 99]]


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def in_python(row: dict[str, Any]) -> dict[str, Any]:
    """What Python says of a file."""
    try:
        opened = open_alerts(
            row["text"].encode(),
            site=row["site"],
            agency=VerifierKey.parse(row["key"]),
            pin=AlertPin(**row["pin"]),
        )
        verify_claims(opened.claims)
        opened.check_end(row["now"])
    except (Malformed, Untrue, Refused) as error:
        return {"error": type(error).__name__}
    return {
        "sequence": opened.pin.sequence,
        "ids": [each.alert_id for each in opened.alerts.alerts],
    }


@cache
def in_javascript() -> dict[str, Any]:
    """What JavaScript says of every vector."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: run make setup")
    given = {
        "geometry": load("geometry.json")["rows"],
        "reach": load("reach.json")["rows"],
        "matching": load("matching.json"),
        "now": NOW,
        "within": 1,
        "distances": load("distances.json")["rows"],
        "areas": load("areas.json"),
        "files": [*load("files.json")["rows"], *load("bad_files.json")["rows"]],
        "places": [{"text": text, "now": now} for text, now in PLACES],
        "at": POINTS,
    }
    done = subprocess.run(
        [node, str(TWIN)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_the_vectors_are_what_their_maker_writes() -> None:
    """Nobody edited them by hand."""
    for name, content in alert_vectors.contents().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == alert_vectors.printed(content)


@pytest.mark.parametrize("row", load("files.json")["rows"], ids=lambda row: row["name"])
def test_a_good_file_opens(row: dict[str, Any]) -> None:
    """And prints back byte for byte."""
    assert in_python(row) == {"sequence": row["sequence"], "ids": row["ids"]}
    assert AlertFile.from_bytes(row["text"].encode()).to_bytes().decode() == row["text"]


@pytest.mark.parametrize("row", load("bad_files.json")["rows"], ids=lambda row: row["name"])
def test_a_bad_file_is_refused(row: dict[str, Any]) -> None:
    """For the reason that the vector names."""
    assert in_python(row) == {"error": row["error"]}


def test_javascript_opens_and_refuses_the_same_files() -> None:
    """Each file by the same kind of error, or with the same alerts."""
    rows = [*load("files.json")["rows"], *load("bad_files.json")["rows"]]
    assert {row["name"]: said for row, said in zip(rows, in_javascript()["files"], strict=True)} == {
        row["name"]: in_python(row) for row in rows
    }


def test_javascript_says_the_same_of_places_and_times() -> None:
    """Geometry, matching, order, changes and distances, vector by vector."""
    said = in_javascript()
    matching = load("matching.json")
    assert said["geometry"] == [row["holds"] for row in load("geometry.json")["rows"]]
    assert said["matching"] == [row["found"] for row in matching["rows"]]
    assert said["reach"] == [row["reaches"] for row in load("reach.json")["rows"]]
    assert said["unsure"] == [row["found"] for row in matching["unsure"]]
    assert said["within"] == [["riverton:harbour", "riverton:hill"]] * 2 + [[]]
    assert said["changes"] == [row["next"] for row in matching["changes"]]
    assert said["distances"] == [row["metres"] for row in load("distances.json")["rows"]]
    assert said["areas"] == [["riverton:harbour"], ["riverton:harbour", "riverton:hill"], []]
    assert said["placeOf"] == {"codes": ["SAME:900001", "riverton:harbour", "riverton:hill"], "since": 5}
    assert said["nearest"] == [[0], [0], [14]]


def test_javascript_keeps_the_same_places() -> None:
    """What Python reads and may still keep, it prints back; the rest is refused or over."""

    def kept(text: str, now: int) -> Any:
        try:
            place = Place.from_bytes(text.encode())
        except Malformed:
            return {"error": "Malformed"}
        return None if place.is_over(now) else place.to_bytes().decode()

    assert in_javascript()["places"] == [kept(text, now) for text, now in PLACES]


def test_areas_are_those_that_the_head_names() -> None:
    """A byte more or less, another site, or no areas at all: refused."""
    raw = alert_vectors.AREAS.to_bytes()
    head = signed(areas=raw).head
    assert open_areas(raw, head) == alert_vectors.AREAS == Areas.parse(raw)
    with pytest.raises(Untrue, match="not the file that was signed"):
        open_areas(raw.replace(b"Hill", b"Mill"), head)
    with pytest.raises(Untrue, match="names none"):
        open_areas(raw, signed().head)
    elsewhere = raw.replace(b'"site":"riverton"', b'"site":"elsewhere"')
    with pytest.raises(Untrue, match="another site"):
        open_areas(elsewhere, signed(areas=elsewhere).head)


def test_a_head_fits_what_a_key_signs_at_once() -> None:
    """The longest head that there can be."""
    entry = FileEntry("f" * 64, MAX_ALERTS_BYTES)
    longest = AlertHead("a" * 100, 2**53 - 1, 2**53 - 10, 2**53 - 1, entry, entry)
    assert AlertHead.parse(str(longest)) == longest
    assert len(str(longest)) < MAX_HEAD_BYTES


def test_more_than_a_device_reads_is_never_signed() -> None:
    """The maker refuses what the reader would."""
    long = "x" * 4000
    many = [alert(number, said=words(description=long, instruction=long)) for number in range(40)]
    with pytest.raises(Malformed, match="too long"):
        signed(*many)
    assert Alerts.parse(signed(*many[:20]).alerts).site == SITE
    with pytest.raises(Malformed, match="holds for longer than a week"):
        signed(issued=NOW, not_after=NOW + 8 * 24 * 3600, signer=AGENCY)
