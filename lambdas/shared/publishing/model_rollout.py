"""Brings the live bundle to what was decided: a model on trial, a model gone live, or what was before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.note import Signer, VerifierKey
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.manifest import CANARY_NAMES, Canary
from lambdas.shared.learning.learning import Learning, check_statement
from lambdas.shared.learning.proposal import Proposal
from lambdas.shared.learning.rollout import Rollout
from lambdas.shared.learning.statement import Statement, Step
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files, read_public
from lambdas.shared.publishing.live_bundle import Log, Shelf, finish
from lambdas.shared.publishing.paging import MADE, Pages, Wanted
from lambdas.shared.publishing.publication import Published, publish
from lambdas.shared.publishing.trained_model import Card, MadeFrom, check_trained, source_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site's bundles are published: its shelf, the log, the keys in force, and who signs."""

    site: str
    shelf: Shelf
    log: Log
    keys: KeyList
    signer: Signer


def bring(
    learning: Learning,
    place: Place,
    *,
    file: Callable[[str], bytes],
    approvers: Iterable[VerifierKey],
    pages: Pages,
    now: int,
) -> Published | None:
    """Publish what was decided last, None when it is live; `now` is in Unix seconds.

    Only upon a bundle that the agency signed and that is the last in the log; one that was signed and never
    became live is finished first. Raises as `finish`, `wanted` and `publish` do.
    """
    bundle = finish(place.shelf, place.site, log=place.log, keys=place.keys)
    if bundle is None:
        raise Refused("rollout: no bundle is live")
    live = read_files(place.shelf, bundle.manifest)
    files = wanted(live, learning, shelf=place.shelf, file=file, approvers=approvers, pages=pages)
    if files is None:
        return None
    return publish(files, shelf=place.shelf, signer=place.signer, log=place.log, keys=place.keys, now=now)


def wanted(
    live: BundleFiles,
    learning: Learning,
    *,
    shelf: Shelf,
    file: Callable[[str], bytes],
    approvers: Iterable[VerifierKey],
    pages: Pages,
) -> BundleFiles | None:
    """Return the files that the decisions ask for, None when they are live; `file` reads a proposed one, and
    `pages` makes a model for today's pages.

    Nothing but the model and its card changes, and only by the word of one of `approvers`, the deployment's:
    a proposal's own list of keys moves nothing, not even from within the log. A rollback always works: it
    ends what is on trial and brings back what was before every model that was taken back, also by a rollback
    that never was published, and for the pages that there are by now. A model that was paged counts as the
    one that it was made from. Raises `Refused` where something else went live since the proposal was made,
    for a model that was not approved, for a step that could not follow those before it, that rests on one
    that never was published, or by a key that is out of force.
    """
    last = learning.rollout.last
    if last is None:
        return None
    name = last.proposal or ""
    proposal = learning.proposals.get(name)
    plain = {file: data for file, data in live.by_name.items() if file not in CANARY_NAMES}
    standing = standing_model(live, learning, shelf=shelf)
    kept = {**plain, **standing.files}
    if last.step is Step.ROLLED_BACK:
        # Stopping a model needs neither an approval nor its files: whatever else is wrong, this still works.
        after = replace(live, by_name={**plain, **_of_today(standing, plain, pages)}, canary=None)
    elif proposal is None:
        raise Refused("rollout: about a proposal that is not here, or not in the log")
    else:
        _check_step(last, learning)
        if kept != plain:
            raise Refused("rollout: a model that was rolled back is still live; roll this one back too")
        if _is_in_effect(last, proposal, live):
            return None
        _check_standing(plain, learning)
        _check_compared(plain, proposal, is_taken=last.step is Step.LIVE and _is_of(proposal, plain))
        model, card = file(proposal.model.sha256), file(proposal.card.sha256)
        check_trained(card, noun="rollout")
        if last.share_milli is not None:
            trial = {"canary.json": card, "canary.onnx": model}
            after = replace(live, by_name={**plain, **trial}, canary=Canary(last.share_milli, name))
        else:
            after = replace(live, by_name={**plain, "model.json": card, "model.onnx": model}, canary=None)
    if (after.by_name, after.canary) == (dict(live.by_name), live.canary):
        return None
    try:
        check_statement(
            learning.rollout.steps[-1],
            proposal,
            in_force=tuple(approvers),
            judged=learning.judged.get(name),
        )
    except Untrue as error:
        raise Refused("rollout: nobody who may decide now took the last step") from error
    return after


def is_taken_back(files: BundleFiles, learning: Learning) -> bool:
    """Whether people took back the model among these files, and did not decide to have it live since."""
    standing = learning.proposals.get(learning.rollout.live or "")
    if standing is not None and _is_of(standing, files.by_name):
        return False
    taken = (learning.proposals.get(name) for name in learning.rollout.taken_back)
    return any(each is not None and _is_of(each, files.by_name) for each in taken)


@dataclass(frozen=True, slots=True)
class Standing:
    """Model and card by name, and the SHA-256 in hex of the catalogue whose pages they are of.

    `is_root` says that people decided on these very bytes: other pages' are made from them, whatever the card
    says that they were made from.
    """

    files: Mapping[str, bytes]
    catalogue: str
    is_root: bool = False

    @property
    def source(self) -> MadeFrom | None:
        """What models of other pages are made from, None for words alone. Raises `Malformed`."""
        model, card = self.files["model.onnx"], self.files["model.json"]
        if self.is_root:
            return MadeFrom(_digest(model), _digest(card), self.catalogue)
        return source_of(model, card, catalogue=self.catalogue)


def standing_model(live: BundleFiles, learning: Learning, *, shelf: Shelf) -> Standing:
    """Model and card as they are, or those before where they were taken back and are live all the same.

    By what was decided, not by the bytes alone: another proposal that is live may have a model with the same.
    """
    standing = learning.proposals.get(learning.rollout.live or "")
    # The last that was taken back comes first: an older one may have had a model with the same bytes.
    taken = [learning.proposals.get(name) for name in reversed(learning.rollout.taken_back)]
    found = {file: live.by_name[file] for file in MADE}
    catalogue = _digest(live.by_name["catalogue.json"])
    while standing is None or not _is_of(standing, found):
        at = next((at for at, each in enumerate(taken) if each is not None and _is_of(each, found)), None)
        if at is None or (proposal := taken.pop(at)) is None:
            break
        found = {
            "model.json": read_public(shelf, live.site, digest=proposal.live.card),
            "model.onnx": read_public(shelf, live.site, digest=proposal.live.model),
        }
        catalogue = proposal.live.catalogue
    return Standing(found, catalogue, is_root=standing is not None and _is(standing, found))


def _of_today(standing: Standing, plain: Mapping[str, bytes], pages: Pages) -> Mapping[str, bytes]:
    """That model for the pages of the live catalogue."""
    today = plain["catalogue.json"]
    files = standing.files
    # Most rollbacks are of a model of these very pages, and need nothing but its bytes.
    if standing.catalogue == _digest(today):
        return files
    try:
        if Card.parse(files["model.json"]).is_of(Catalogue.parse(today)):
            return files
        source = standing.source
    except Malformed:
        source = None
    # A rollback always works: what cannot be paged gives way to a model of words alone.
    made = pages(Wanted(_digest(today), source, or_words=True))
    return {name: made[name] for name in MADE}


def _check_step(last: Statement, learning: Learning) -> None:
    """Raise `Refused` unless the last step is of an approved model and could follow those before it."""
    judged = learning.judged.get(last.proposal or "")
    if judged is None or judged.said.step is not Step.APPROVED:
        raise Refused("rollout: this model was not approved")
    Rollout(learning.rollout.steps[:-1]).check(last)


def _check_standing(plain: Mapping[str, bytes], learning: Learning) -> None:
    """Raise `Refused` unless the model that should be live by all but the last step is."""
    standing = Rollout(learning.rollout.steps[:-1]).live
    if standing is None:
        return
    proposal = learning.proposals.get(standing)
    if proposal is None or not _is_of(proposal, plain):
        raise Refused(
            "rollout: the model that was decided to be live is not; roll back what was decided since"
        )


def _is_in_effect(last: Statement, proposal: Proposal, live: BundleFiles) -> bool:
    """Whether devices are told to use what a step asks for."""
    if last.share_milli is None:
        return live.canary is None and _is_of(proposal, live.by_name)
    trial = {file.replace("canary", "model"): live.by_name.get(file, b"") for file in CANARY_NAMES}
    return live.canary == Canary(last.share_milli, last.proposal or "") and _is_of(proposal, trial)


def _is_of(proposal: Proposal, files: Mapping[str, bytes]) -> bool:
    """Whether model and card are those of a proposal, or were made from them for other pages."""
    if _is(proposal, files):
        return True
    try:
        source = Card.parse(files["model.json"]).made_from
    except Malformed:
        return False
    return source is not None and (source.model, source.card) == (proposal.model.sha256, proposal.card.sha256)


def _is(proposal: Proposal, files: Mapping[str, bytes]) -> bool:
    """Whether model and card are those of a proposal, byte for byte."""
    theirs = proposal.model.sha256, proposal.card.sha256
    return (_digest(files["model.onnx"]), _digest(files["model.json"])) == theirs


def _check_compared(files: Mapping[str, bytes], proposal: Proposal, *, is_taken: bool) -> None:
    """Raise `Refused` unless the model, catalogue and rules that are live are those it was compared under."""
    same = {"catalogue.json": proposal.live.catalogue, "rules.json": proposal.live.rules}
    if not is_taken:
        same |= {"model.onnx": proposal.live.model, "model.json": proposal.live.card}
    changed = [name for name, digest in same.items() if _digest(files[name]) != digest]
    if changed:
        raise Refused(f"rollout: {changed[0]} is not the one that the proposal was made for")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
