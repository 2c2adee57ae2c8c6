"""What an agency can do to receipts, records and their chains."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from consent_ledger import canonical
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import NoticeLeaf, TaskLeaf
from consent_ledger.purposes import Purpose
from tests.support.audit_attacks import Attacks, hash_of
from tests.support.audited import (
    DAY_S,
    TASK,
    Agency,
    budget,
    release,
    task,
)

ATTACKS = Attacks()


@ATTACKS.after("receipt-false")
def _(made: Agency) -> list[object]:
    receipt = json.loads(made.receipt("b learn"))
    receipt["salt"] = "00" * 32
    file = made.copy.parent / "receipt.json"
    file.write_bytes(canonical.encode(receipt))
    return ["--receipt", file]


@ATTACKS.before("record-not-signed")
def _(made: Agency) -> None:
    """The agency invents a "given": it can log it, but nobody's key signed it."""
    made.publish(made.decide("invented", 14, purpose=Purpose.LEARN))
    invented = made.openings["invented"]
    agency_key = Ed25519Signer.from_seed("agency", bytes([99]) * 32)
    made.openings["invented"] = replace(invented, signature=agency_key.sign(invented.record.signed_bytes()))


@ATTACKS.after("record-not-logged")
def _(made: Agency) -> None:
    made.decide("unlogged", 14, purpose=Purpose.LEARN)
    made.file("openings", "x.json", canonical.encode({"v": 1, **made.openings["unlogged"].to_json()}))


@ATTACKS.after("record-unreadable")
def _(made: Agency) -> None:
    made.file("openings", "x.json", b"{}")


@ATTACKS.before("notice-not-logged")
def _(made: Agency) -> None:
    made.publish(made.decide("secret", 14, purpose=Purpose.LEARN, notice_hash=hash_of(b"never logged")))


@ATTACKS.before("notice-logged-later")
def _(made: Agency) -> None:
    made.publish(made.decide("early", 14, purpose=Purpose.LEARN, notice_hash=hash_of(b"later")))
    made.publish(NoticeLeaf(hash_of(b"later")), documents=(b"later",))


@ATTACKS.after("release-before-consent")
def _(made: Agency) -> None:
    """A log in which the release comes first."""
    shutil.rmtree(made.copy)
    fresh = Agency(made.copy, made.officer)
    digest = hash_of(task().to_bytes())
    fresh.publish(TaskLeaf(TASK, digest), documents=(task().to_bytes(),))
    fresh.publish(budget(release()), documents=(release(),))
    fresh.publish(fresh.decide("late", 14, purpose=Purpose.LEARN))
    fresh.open_records(reason="yearly audit")


@ATTACKS.before("chain-gap")
def _(made: Agency) -> None:
    made.publish(made.decide("gap", 14, purpose=Purpose.LEARN, previous=bytes(32)))


@ATTACKS.before("chain-foreign")
def _(made: Agency) -> None:
    made.publish(made.decide("foreign", 14, purpose=Purpose.LEARN, after="c learn"))


@ATTACKS.before("chain-forked")
def _(made: Agency) -> None:
    made.publish(made.decide("fork", 11, purpose=Purpose.SUGGEST, after="b learn"))


@ATTACKS.before("chain-backdated")
def _(made: Agency) -> None:
    made.publish(
        made.decide("old", 10, purpose=Purpose.LEARN, after="a learn", event_at=made.at - 30 * DAY_S)
    )


@ATTACKS.before("record-postdated")
def _(made: Agency) -> None:
    made.publish(made.decide("young", 14, purpose=Purpose.LEARN, event_at=made.at + 9 * DAY_S))
