"""A small city: twelve pages, two languages, rules and notices; and its bundle, published for real on a
shelf in memory."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from consent_ledger import canonical, documents, leaf, log
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.keys import KeyList
from consent_ledger.leaf import Leaf
from consent_ledger.storage.memory import MemoryStorage
from edge_client.bundle import Trust
from edge_client.scoring import History
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.learning_task import LearningTerms
from lambdas.shared.publishing.publication import Published, publish
from nearside.publishing import gather
from tests.support.witnesses import Panel

SITE = "smallville"
CONTROLLER = "smallville.example"
NOW_S = 1_795_000_000  # 2026-11-18, a Wednesday
NOW_MS = NOW_S * 1000

PATHS = (
    ("/", "Home", "home", ItemKind.INFORMATION),
    ("/bins/collection-day", "Check your bin day", "bins", ItemKind.INFORMATION),
    ("/bins/missed", "Report a missed bin", "bins", ItemKind.TRANSACTION),
    ("/bins/new", "Order a new bin", "bins", ItemKind.TRANSACTION),
    ("/business/food-licence", "Apply for a food licence", "business", ItemKind.TRANSACTION),
    ("/business/start", "Start a business", "business", ItemKind.INFORMATION),
    ("/grief/first-days", "The first days after a death", "bereavement", ItemKind.INFORMATION),
    ("/housing/repairs", "Ask for a repair", "housing", ItemKind.TRANSACTION),
    ("/moving/address", "Change your address", "moving", ItemKind.TRANSACTION),
    ("/moving/checklist", "Moving checklist", "moving", ItemKind.INFORMATION),
    ("/parking/permit", "Apply for a parking permit", "parking", ItemKind.TRANSACTION),
    ("/parking/rules", "Where you can park", "parking", ItemKind.INFORMATION),
)


def catalogue() -> Catalogue:
    """Return the city's catalogue."""
    return Catalogue(
        SITE,
        tuple(
            CatalogueItem(ItemId(path), title, f"About: {title.lower()}.", topic, kind, "en")
            for path, title, topic, kind in PATHS
        ),
    )


def rules() -> bytes:
    """Return rules with two slots, and a topic that is never stored."""
    return canonical.encode(
        {
            "v": 1,
            "slots": [
                {
                    "slot": slot,
                    "pages": pages,
                    "count": 3,
                    "kinds": ["information", "transaction"],
                    "not_topics": [],
                    "per_topic": 2,
                    "explore_milli": 0,
                }
                for slot, pages in (("home", ["/"]), ("related", []))
            ],
            "recent_pages": 5,
            "decay_milli": 600,
            "keep_days": 90,
            "never_topics": ["bereavement"],
            "never_items": [],
        }
    )


def notice_value() -> canonical.Json:
    """Return the words that the city's banner shows."""
    return {
        "version": 1,
        "lang": "en",
        "heading": "Suggestions",
        "body": ["We keep a list of pages on this device only."],
        "purposes": [
            {"purpose": "suggest", "title": "Suggest", "text": "Suggest pages."},
            {"purpose": "learn", "title": "Learn", "text": "Add to a count."},
        ],
    }


def notice() -> Notice:
    """Return the notice, parsed."""
    return Notice.from_value(notice_value())


def card(model: bytes) -> bytes:
    """Return the card of a model of the city's pages, as `docs/formats/model.md` has it."""
    return canonical.encode(
        {
            "v": 2,
            "kind": "next-page",
            "site": SITE,
            "file": {"bytes": len(model), "sha256": hashlib.sha256(model).hexdigest()},
            "pages": len(PATHS),
            "pages_from": "catalogue",
            "pages_hash": hash_pages(catalogue().pages),
            "input": {"decay_milli": 600, "recent": 5},
            "recipe": {
                "content_share_milli": 1000,
                "damping_milli": 5000,
                "kappa_milli": 20_000,
                "popularity_milli": 10,
            },
            "size": {"budget_bytes": None, "looked_at": [], "shipped": {}},
            "shipped": "content alone",
            "gate": {"on": "nothing", "hit_at_5_milli": {}},
            "releases": [],
            "privacy": {"delta_exp": None, "epsilon_milli": None, "unit": None},
            "drift": {"moves_lost_milli": 0, "pages_gone": 0, "pages_new": 0, "pages_renamed": 0},
            "accuracy": {},
            "parity": {"largest_difference_nano": 0, "queries": 2},
            "not_for": ["deciding anything about a person"],
            "limits": ["it knows which pages follow which, not why"],
        }
    )


class NeighbourModel:
    """A linear model in plain Python: a page leads to the pages near it in the catalogue.

    Stands where ONNX Runtime stands, so that tests of decisions need no model file; tests of the runtime
    use real ones.
    """

    def __init__(self, items: int) -> None:
        self._items = items

    def score(self, history: History) -> tuple[float, ...]:
        """Return one score an item."""
        scores = [0.001] * self._items
        for index, weight in zip(history.recent, history.weights, strict=True):
            for other in range(self._items):
                if other != index:
                    scores[other] += weight / (1 + abs(other - index))
        return tuple(scores)


@dataclass
class MemoryShelf:
    """A shelf in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """Return a file, or None."""
        return self.files.get(path)

    def paths(self, prefix: str) -> Iterable[str]:
        """List the paths that begin with `prefix`."""
        return [path for path in self.files if path.startswith(prefix)]

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        """Put a file on the shelf; an immutable one never changes."""
        if immutable and self.files.get(path, data) != data:
            raise FileExistsError(path)
        self.files[path] = data

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        """Put a file in the place of another, if that is what is there."""
        if self.files.get(path) != before:
            return False
        self.files[path] = data
        return True


@dataclass
class City:
    """The agency's side, whole and in memory: keys, ledger, shelf.

    With a `panel`, nothing is published that two of its three witnesses have not cosigned.
    """

    folder: Path
    panel: Panel | None = None
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    ledger: MemoryStorage = field(default_factory=MemoryStorage)
    agency: Ed25519Signer = field(
        default_factory=lambda: Ed25519Signer.from_seed("smallville.example/bundles", b"a" * 32)
    )
    log_signer: Ed25519Signer = field(
        default_factory=lambda: Ed25519Signer.from_seed("smallville.example/ledger/2026", b"l" * 32)
    )
    rules: bytes = field(default_factory=lambda: rules())

    @property
    def trust(self) -> Trust:
        """What the city's pages name."""
        key = self.log_signer.key
        ledger = LogKeys.parse(str(key)) if self.panel is None else self.panel.trusted(log_key=key)
        return Trust(SITE, self.agency.key, ledger)

    def files(self, model: bytes = b"model") -> BundleFiles:
        """Return the files of the next bundle."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "model.onnx").write_bytes(model)
        (self.folder / "model.json").write_bytes(card(model))
        return gather(
            catalogue=catalogue().to_bytes(),
            rules=self.rules,
            notices=[notice_value()],
            model=self.folder,
            terms=LearningTerms(pairs_per_week=4),
        )

    @property
    def keys(self) -> KeyList:
        """The keys in force at the city."""
        ledger = self.trust.ledger
        return KeyList.of(
            ledger.origin,
            ledger.keys,
            witnesses=ledger.witnesses,
            quorum=ledger.quorum,
            bundles=[self.agency.key],
        )

    @property
    def log(self) -> CityLog:
        """The ledger, for whoever publishes."""
        return CityLog(self)

    def turn(self) -> None:
        """Let the ledger sequence and publish what is pending."""
        cosigners = None if self.panel is None else self.panel.quorum()
        log.advance(self.ledger, self.log_signer, dice=secrets.randbelow, cosigners=cosigners)

    def publish(self, model: bytes = b"model", *, now: int = NOW_S) -> Published:
        """Publish the next bundle."""
        return publish(
            self.files(model),
            shelf=self.shelf,
            signer=self.agency,
            log=self.log,
            keys=self.keys,
            now=now,
        )


@dataclass(frozen=True)
class CityLog:
    """A city's ledger, which takes in and publishes at once."""

    city: City

    @property
    def storage(self) -> MemoryStorage:
        """Where the published log is read."""
        return self.city.ledger

    def __call__(self, leaves: tuple[Leaf, ...], public: tuple[bytes, ...] = ()) -> str:
        """Serve the leaves' documents, append the leaves and publish; return the proof of the last one."""
        for path, data in documents.gather(leaves, public).items():
            self.storage.write_once(path, data)
        entries = [log.accept(self.storage, leaf.to_bytes(entry)) for entry in leaves]
        self.city.turn()
        proof = log.proof_for(self.storage, entries[-1])
        if proof is None:
            raise AssertionError("the log did not take the leaf in")
        return proof
