"""What an agency can do to what it publishes: bundles, tasks, releases and keys."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from consent_ledger import canonical
from consent_ledger.documents import path_of
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import BundleLeaf, KeysLeaf, TaskLeaf
from tests.support.audit_attacks import Attacks, change, hash_of
from tests.support.audited import (
    TASK,
    Agency,
    budget,
    keys_document,
    manifest,
    release,
    task,
)
from tests.support.ledger import log_signer

ATTACKS = Attacks()


@ATTACKS.before("never-served")
def _(made: Agency) -> None:
    """A bundle for one person's eyes: logged, because devices demand it, and never shown to anybody else."""
    made.publish(BundleLeaf("riverton", 2, hash_of(b"for one person")))


@ATTACKS.after("served-other-bytes")
def _(made: Agency) -> None:
    change(made.copy / path_of(hash_of(release())))


@ATTACKS.before("released-twice")
def _(made: Agency) -> None:
    again = release(k=16)
    made.publish(budget(again), documents=(again,))


@ATTACKS.before("task-not-logged")
def _(made: Agency) -> None:
    other = release(k=16)
    made.publish(replace(budget(other), task="unknown"), documents=(other,))


@ATTACKS.before("budget-overspent")
def _(made: Agency) -> None:
    other = release(epsilon_milli=9000)
    made.publish(budget(other, period="2026-W46", epsilon_milli=9000), documents=(other,))


@ATTACKS.before("release-differs")
def _(made: Agency) -> None:
    other = release(epsilon_milli=900)
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@ATTACKS.before("release-under-k")
def _(made: Agency) -> None:
    other = release(k=5)
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@ATTACKS.before("release-downgraded")
def _(made: Agency) -> None:
    """The older version, which does not tell its threshold, its noise's scale, or if pairs were public."""
    newer = release(k=16)
    value = json.loads(newer)
    for name in ("candidates", "parts", "scale_milli", "threshold"):
        del value[name]
    for period, data in (("2026-W46", newer), ("2026-W47", canonical.encode(value | {"v": 1}))):
        made.publish(budget(data, period=period), documents=(data,))


@ATTACKS.before("release-unusable")
def _(made: Agency) -> None:
    """A cell under the release's own k."""
    other = release().replace(b",141]", b",3]")
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@ATTACKS.before("task-unreadable")
def _(made: Agency) -> None:
    made.publish(TaskLeaf("odd", hash_of(b"odd")), documents=(b"odd",))
    other = release(k=16)
    made.publish(replace(budget(other), task="odd"), documents=(other,))


@ATTACKS.before("manifest-unreadable")
def _(made: Agency) -> None:
    made.publish(BundleLeaf("riverton", 2, hash_of(b"odd")), documents=(b"odd",))


@ATTACKS.before("bundle-keys-not-logged")
def _(made: Agency) -> None:
    text = manifest(2, keys=b"other keys")
    made.publish(BundleLeaf("riverton", 2, hash_of(text)), documents=(text,))


@ATTACKS.after("key-not-listed")
def _(made: Agency) -> None:
    """The log changes its key and tells nobody: only the list in the log is another one now."""
    listed = json.loads(keys_document())
    other = str(Ed25519Signer.from_seed(log_signer().key.name, bytes([77]) * 32).key)
    text = canonical.encode({**listed, "log": [other]})
    shutil.rmtree(made.copy)
    fresh = Agency(made.copy, made.officer)
    fresh.publish(KeysLeaf(hash_of(text)), documents=(text,))


@ATTACKS.before("task-changed")
def _(made: Agency) -> None:
    """More of the budget was spent than announced, and the task is announced anew to make it look right."""
    wider = replace(task(), epsilon_milli=9000).to_bytes()
    made.publish(TaskLeaf(TASK, hash_of(wider)), documents=(wider,))
