"""The driver of a session: performs effects through a host, and feeds back what the host brings."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import assert_never

from consent_ledger import canonical
from consent_ledger.erasure import EraseRecords, SubjectAuthority, signed_bytes
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.receipt import Opening
from consent_ledger.tlog_proof import TlogProof
from edge_client.bundle import Bundle, Pins, Trust, check_bundle, open_bundle
from edge_client.canary import ModelName
from edge_client.choosing import ConsentTerms
from edge_client.dice import Chance
from edge_client.effects import (
    AskAgain,
    AskNear,
    AskScores,
    Effect,
    FetchProof,
    OpenModel,
    SendConsent,
    SendErasure,
    SendReport,
    ShowAssist,
    ShowCollection,
    ShowPlan,
    ShowProfile,
    ShowReceipts,
    ShowReview,
    ShowTaken,
    SignErasure,
    SignRecord,
    Storing,
    VerifyReceipt,
)
from edge_client.events import (
    BundleOpened,
    ChoiceMade,
    CopiesErased,
    ErasureRefused,
    ErasureSigned,
    Event,
    ForSomeoneElse,
    NearScored,
    ProfileCleared,
    ProofArrived,
    ReceiptVerified,
    RecordAccepted,
    RecordSigned,
    ReportSettled,
    Scored,
    ScoredAgain,
    TrialUnusable,
)
from edge_client.keeping import as_kept, erase_unread, forget_unkept, load, store
from edge_client.known import known_of
from edge_client.levels import levels_of
from edge_client.ports import Host, Unkept, Unreachable, Unusable
from edge_client.session import Session
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from edge_client.wire.erasure import RecordsErased
from edge_client.wire.problem import Problem

CONSENT_PATH = "/consent/events"
CONTRIBUTION_PATH = "/contributions"
ERASURE_PATH = "/consent/erasures"


class Device:
    """One device: a session, its host, and the keys that the agency's page names."""

    def __init__(self, host: Host, *, trust: Trust, controller: str, chance: Chance) -> None:
        self._host = host
        self._trust = trust
        self._controller = controller
        self._chance = chance
        self._session: Session | None = None
        self._turn = asyncio.Lock()
        self._waiting: dict[str, asyncio.Task[None]] = {}

    @property
    def session(self) -> Session:
        """The session as it stands; `open` must have run."""
        if self._session is None:
            raise RuntimeError("device: not opened yet")
        return self._session

    async def open(self) -> None:
        """Load what this device kept, without what cannot be read: the page must always work."""
        async with self._host.exclusive():
            terms = ConsentTerms(self._controller, await self._host.subject())
            self._session = await as_kept(Session(terms, self._chance), self._host)

    async def install(self) -> Bundle:
        """Fetch the bundle, check every part of it before use, and make the model ready.

        The live model is opened, for every device alike; which of two a device uses is settled when it asks.
        Raises `Unreachable`, `Unusable`, `Malformed`, `Untrue` or `Refused`; the session then goes on with
        the bundle that it has, as long as that is current.
        """
        site = self._trust.site
        raw = await self._host.fetch_public(f"/nearside/{site}/bundle.json")
        pins = await load("pins", Pins.from_bytes, self._host) or Pins()
        candidate = check_bundle(raw, trust=self._trust, pins=pins, now=await self._host.now_ms() // 1000)
        if not await self._host.verify(candidate.claims):
            raise Untrue("bundle: a signature does not hold")
        if self.session.bundle is not None and self.session.bundle.manifest == candidate.manifest:
            return self.session.bundle
        entries = candidate.manifest.files
        fetched = await asyncio.gather(
            *(self._host.fetch_public(f"/nearside/{site}/files/{entry.sha256}") for entry in entries.values())
        )
        bundle = open_bundle(candidate, dict(zip(entries, fetched, strict=True)))
        await self._host.open_model(bundle.model)
        if bundle.trial is not None:
            await self._host.try_model(bundle.trial)
        await self._pin(candidate.pins)
        await self.feed(BundleOpened(bundle))
        return bundle

    async def feed(self, event: Event) -> None:
        """Let the session receive one event, and everything that follows from it. Raises `Unkept`."""
        async with self._turn, self._host.exclusive():
            # Another page's worker may have written since: what is kept counts, not what we remember.
            self._session = await as_kept(self.session, self._host)
            if isinstance(event, ChoiceMade) and not event.leaving:
                # Whoever deleted everything on another page has another key from now on.
                terms = ConsentTerms(self._controller, await self._host.subject())
                self._session = replace(self._session, terms=terms)
            events = deque([event])
            while events:
                self._session, effects = self.session.receive(events.popleft())
                try:
                    for effect in effects:
                        events.extend(await self._perform(effect))
                except Unkept:
                    if isinstance(event, ChoiceMade | ProfileCleared | ForSomeoneElse):
                        await forget_unkept(effects, self._host)
                    raise
            if isinstance(event, ChoiceMade | ProfileCleared):
                is_cleared = isinstance(event, ProfileCleared)
                await erase_unread(self._session.book, self._host, is_cleared=is_cleared)

    async def settle(self) -> None:
        """Wait until no proof is waited for any more."""
        while self._waiting:
            await asyncio.gather(*self._waiting.values())

    async def _pin(self, pins: Pins) -> None:
        """Remember the newest bundle, unless another page's worker has seen a newer one."""
        async with self._host.exclusive():
            kept = await load("pins", Pins.from_bytes, self._host) or Pins()
            if pins.version >= kept.version and pins.tree_size >= kept.tree_size:
                await self._host.save("pins", pins.to_bytes())

    async def _perform(self, effect: Effect) -> tuple[Event, ...]:
        if isinstance(effect, Storing):
            await store(effect, self._host)
            return ()
        match effect:
            case OpenModel(model):
                return await self._open(model)
            case AskScores(questions):
                return (Scored(await self._host.candidates(questions)),)
            case AskAgain(name, questions):
                return (ScoredAgain(name, await self._host.candidates(questions)),)
            case AskNear(asked, question):
                (answer,) = await self._host.candidates((question,))
                return (NearScored(asked, question, answer),)
            case ShowReview(kind, text):
                await self._host.show(kind, text)
            case ShowAssist(kind, text):
                await self._host.show(kind, text)
            case ShowPlan(plan):
                bundle = self.session.bundle
                if bundle is not None:
                    await self._host.show("plan", plan.to_bytes(bundle.catalogue))
            case ShowCollection(collection):
                bundle = self.session.bundle
                if bundle is not None:
                    until_ms = bundle.manifest.expires * 1000
                    await self._host.show("collect", collection.for_pages(until_ms))
            case ShowProfile(profile):
                levels = levels_of(self.session, profile)
                await self._host.show("profile", known_of(self.session, profile, levels))
            case ShowTaken(another_ms):
                taken: dict[str, canonical.Json] = {"another": another_ms, "dismissed": [], "forgot": 0}
                await self._host.show("taken", canonical.encode(taken))
            case SendReport(contribution):
                return await self._send_report(contribution.report_id, contribution.to_bytes())
            case SignRecord(unsigned):
                signature = await self._host.sign(unsigned.record.signed_bytes())
                return (RecordSigned(Opening(unsigned.record, unsigned.salt, signature)),)
            case SendConsent(request):
                return await self._send_consent(request)
            case SignErasure(entries):
                subject = self.session.terms.subject_key
                signature = await self._host.sign(signed_bytes(entries))
                return (ErasureSigned(EraseRecords(entries, SubjectAuthority(subject, signature))),)
            case SendErasure(erase):
                return await self._send_erasure(erase)
            case FetchProof(entry):
                self._wait_for_proof(entry)
            case VerifyReceipt(receipt):
                try:
                    claims = receipt.check(self._trust.ledger)
                except (Malformed, Untrue):
                    return ()  # kept as pending: the ledger gave a proof that does not hold
                return (ReceiptVerified(receipt),) if await self._host.verify(claims) else ()
            case ShowReceipts(book):
                await self._host.show("receipts", canonical.encode(book.summary()))
            case _:
                assert_never(effect)
        return ()

    async def _open(self, name: ModelName) -> tuple[Event, ...]:
        bundle = self.session.bundle
        model = None if bundle is None else bundle.trial if name is ModelName.TRIAL else bundle.model
        try:
            if model is not None:
                await self._host.open_model(model)
        except Unusable:
            # The live model ran when the bundle was opened: only the one on trial is news.
            return (TrialUnusable(),)
        return ()

    async def _send_report(self, report_id: str, body: bytes) -> tuple[Event, ...]:
        try:
            status, _ = await self._host.post(CONTRIBUTION_PATH, body)
        except Unreachable:
            return ()
        # 429 and 5xx are tried again at a later page; any other answer is final.
        return () if status == 429 or status >= 500 else (ReportSettled(report_id),)

    async def _send_consent(self, request: RecordConsent) -> tuple[Event, ...]:
        try:
            status, answer = await self._host.post(CONSENT_PATH, request.to_bytes())
            if status != 202:
                return ()
            named = ConsentAccepted.from_bytes(answer).entry
        except (Unreachable, Malformed):
            return ()
        # The leaf is computed here too: a ledger that names another one is not believed.
        entry = request.opening.entry()
        return (RecordAccepted(entry.hex()),) if named == entry else ()

    async def _send_erasure(self, request: EraseRecords) -> tuple[Event, ...]:
        try:
            status, answer = await self._host.post(ERASURE_PATH, request.to_bytes())
            if status in (409, 422):
                # Final when it is the agency's own word: a proxy or a captive portal does not speak for it.
                Problem.from_bytes(answer)
                return (ErasureRefused(request),)
            if status != 202:
                return ()  # tried again at a later page
            erased = RecordsErased.from_bytes(answer)
        except (Unreachable, Malformed, Untrue):
            return ()
        # The entry is computed here too: an agency that counts more, or names another one, is not believed.
        held = erased.entry == erased.erasure.entry(request.nonce())
        return (CopiesErased(erased),) if held and erased.erasure.count <= len(request.entries) else ()

    def _wait_for_proof(self, entry: str) -> None:
        """Wait for the ledger beside the session: it may take seconds, and pages must not wait with it."""
        if entry not in self._waiting:
            self._waiting[entry] = asyncio.ensure_future(self._fetch_proof(entry))

    async def _fetch_proof(self, entry: str) -> None:
        try:
            text = await self._host.fetch_proof(entry)
            if text is not None:
                await self.feed(ProofArrived(entry, TlogProof.parse(text)))
        except Malformed:
            return
        finally:
            # Not before it is taken in: asked for again meanwhile, it would be written down as sent once
            # more, also after somebody had everything deleted.
            del self._waiting[entry]
