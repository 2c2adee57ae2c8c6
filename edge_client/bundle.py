"""The bundle on the device: checked before use, every part of it, or not used at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from consent_ledger import canonical
from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import hash_of
from consent_ledger.note import VerifierKey
from edge_client.rules.compile import about, check_rules
from edge_client.signals.words import lexicon_of
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.catalogue import Catalogue, CatalogueItem
from edge_client.wire.manifest import ARCHETYPES, FILE_NAMES, Canary, Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.paths import ItemId
from edge_client.wire.rule import Rule
from edge_client.wire.rules import Rules, SlotRule
from edge_client.wire.task import MeasurementTask, parse_tasks

CLIENT_VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that the agency's own page names: who signs bundles, and who signs the ledger's
    checkpoints."""

    site: str
    agency: VerifierKey
    ledger: LogKeys


@dataclass(frozen=True, slots=True)
class Pins:
    """The newest bundle and the largest log that this device has seen: nothing older is accepted."""

    version: int = 0
    manifest: str | None = None
    tree_size: int = 0

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        return canonical.encode(
            {"v": 1, "version": self.version, "manifest": self.manifest, "tree_size": self.tree_size}
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Pins:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        match canonical.decode(raw):
            case {
                "v": 1,
                "version": int(version),
                "manifest": str() | None as manifest,
                "tree_size": int(size),
                **rest,
            } if not rest:
                return cls(version, manifest, size)
            case _:
                raise Malformed("pins: not version 1")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bundle whose hashes, log proof, version and dates hold; `claims` are the signatures still to be
    verified."""

    manifest: Manifest
    pins: Pins
    claims: tuple[SignatureClaim, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle, its files parsed; `trial` is the model on trial, None without a canary; `archetypes`
    None where the site has none."""

    manifest: Manifest
    catalogue: Catalogue
    rules: Rules
    notices: Notices
    tasks: tuple[MeasurementTask, ...]
    model: bytes
    trial: bytes | None = None
    archetypes: Archetypes | None = None
    _lexicon: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _eligible: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False, compare=False)
    _about: dict[str, tuple[ItemId, ...]] = field(default_factory=dict, repr=False, compare=False)
    _offered: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def canary(self) -> Canary | None:
        """What the manifest says of a model on trial."""
        return self.manifest.canary

    def eligible(self, slot: SlotRule, lang: str) -> bytes:
        """Return a byte for each item: 1 where the slot may show it in a language, the same for everyone."""
        found = self._eligible.get((slot.slot, lang))
        if found is None:
            found = self._eligible[slot.slot, lang] = bytes(
                _may_show(slot, item, lang) and not self.is_sensitive(item.id)
                for item in self.catalogue.items
            )
        return found

    @property
    def lexicon(self) -> Mapping[str, str]:
        """The topic that each word of the catalogue's titles speaks for; nothing sensitive is among them."""
        if not self._lexicon:
            self._lexicon.update(lexicon_of(self.catalogue, self.is_sensitive))
        return self._lexicon

    def about(self, rule: Rule) -> tuple[ItemId, ...]:
        """Return the items that a rule is about, in all languages."""
        found = self._about.get(rule.name)
        if found is None:
            found = self._about[rule.name] = about(rule, self.catalogue)
        return found

    def offered(self, rule: Rule, lang: str) -> tuple[int, ...]:
        """Return the indexes of the items that a rule is about in a language and its slot may show."""
        found = self._offered.get((rule.name, lang))
        if found is None:
            slots = {slot.slot: slot for slot in self.rules.slots}
            indexes = (self.catalogue.index_of(item) for item in self.about(rule))
            found = self._offered[rule.name, lang] = tuple(
                index
                for index in indexes
                if index is not None and _may_show(slots[rule.slot], self.catalogue.items[index], lang)
            )
        return found

    def is_expired(self, at_ms: int) -> bool:
        """Say whether the bundle may not be used any more at a time in Unix milliseconds."""
        return at_ms // 1000 >= self.manifest.expires

    def is_sensitive(self, item: ItemId) -> bool:
        """Say whether the rules forbid to store or suggest the page, its topic or a translation of it."""
        known, rules = self.catalogue.get(item), self.rules
        if known is None or rules.is_for_children:
            return rules.is_for_children or item in rules.never_items
        names = {known.id, *known.translations.values()}
        is_of_topic = known.topic in rules.never_topics or known.topic in rules.child_topics
        return is_of_topic or not names.isdisjoint(rules.never_items)


def check_bundle(raw: bytes, *, trust: Trust, pins: Pins, now: int) -> Candidate:
    """Check everything about `bundle.json` but the Ed25519 signatures, which the host must verify before
    `open_bundle`.

    `now` is in Unix seconds. Raises `Malformed` (not a bundle), `Untrue` (well formed but false: another
    site, not in the log, a proof that does not hold) or `Refused` (older than the one installed, not yet
    valid, expired, too new for this client).
    """
    published = PublishedBundle.from_bytes(raw)
    manifest = published.manifest
    if manifest.site != trust.site:
        raise Untrue("bundle: made for another site")
    digest = published.manifest_hash.hex()
    checkpoint, ledger_claims = published.proof.check(hash_of(published.leaf), trust.ledger)
    size = checkpoint.size
    if manifest.version < pins.version or size < pins.tree_size:
        raise Refused("bundle: older than the one that this device has")
    if manifest.version == pins.version and digest != pins.manifest:
        raise Untrue("bundle: another manifest under a version that this device has")
    if not manifest.not_before <= now < manifest.expires:
        raise Refused("bundle: expired or not yet valid")
    if _numbers(manifest.min_client) > _numbers(CLIENT_VERSION):
        raise Refused("bundle: needs a newer client")
    if not set(manifest.files) >= set(FILE_NAMES):
        raise Untrue("bundle: a file is missing from the manifest")
    return Candidate(
        manifest,
        Pins(manifest.version, digest, size),
        (*published.note.claims((trust.agency,)), *ledger_claims),
    )


def open_bundle(candidate: Candidate, files: Mapping[str, bytes]) -> Bundle:
    """Check every file against the manifest and parse it. Raises `Untrue` when a byte differs, `Malformed`
    when it does not parse, `Refused` when its rules may not be used."""
    for name, entry in candidate.manifest.files.items():
        raw = files[name]
        if len(raw) != entry.size_bytes or hashlib.sha256(raw).hexdigest() != entry.sha256:
            raise Untrue(f"bundle: {name} is not the file that was signed")
    catalogue = Catalogue.parse(files["catalogue.json"])
    tasks = parse_tasks(files["tasks.json"])
    if catalogue.site != candidate.manifest.site or any(task.site != catalogue.site for task in tasks):
        raise Untrue("bundle: a file belongs to another site")
    archetypes = Archetypes.parse(files[ARCHETYPES]) if ARCHETYPES in files else None
    rules = Rules.parse(files["rules.json"])
    if archetypes is not None:
        archetypes.check_catalogue(catalogue)
        archetypes.check_sensitive(catalogue, rules)
    check_rules(rules, catalogue, archetypes)
    return Bundle(
        manifest=candidate.manifest,
        catalogue=catalogue,
        rules=rules,
        notices=Notices.parse(files["notices.json"]),
        tasks=tasks,
        model=files["model.onnx"],
        trial=files.get("canary.onnx"),
        archetypes=archetypes,
    )


def _may_show(slot: SlotRule, item: CatalogueItem, lang: str) -> bool:
    return item.lang == lang and item.kind in slot.kinds and item.topic not in slot.not_topics


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise Malformed("bundle: a version is not three numbers")
    return tuple(int(part) for part in parts)
