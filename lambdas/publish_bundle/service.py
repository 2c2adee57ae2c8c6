"""Publishes, goes back, stops and lets go on: one job, one bundle, however often the job is delivered.

A job writes down what it is about to publish, then publishes, then writes down what became of it. Whatever
was signed is finished before anything else is looked at (`live_bundle.finish`): after a crash a job either
finds its own bundle, or nothing of it is in the log. Any number of jobs may be done at once: of two that
build upon the same bundle one is signed, and the other is made anew upon that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BundleLeaf, hash_of
from edge_client.wire.bundle import PublishedBundle
from lambdas.publish_bundle.begun import Attempts, Begun
from lambdas.publish_bundle.newest import Newest
from lambdas.publish_bundle.ports import Decided, Files, Press
from lambdas.publish_bundle.prepared import Prepared
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.publish_bundle.wanted import wanted
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files
from lambdas.shared.publishing.history import manifests
from lambdas.shared.publishing.job import Job, Kill, Revive
from lambdas.shared.publishing.live_bundle import NotInTime, Overtaken, Seen, finish, see
from lambdas.shared.publishing.paging import Answer, NotPaged, Pages
from lambdas.shared.publishing.publication import Published, publish
from lambdas.shared.publishing.stopping import NothingThere, Stops, held

_MOST_TURNS: Final = 5
_TURNS_S: Final = 30
"""For how long a job begins again at once where somebody else was faster; then it waits for the log."""


class TooLate(Refused):
    """What was asked for since counts."""


@dataclass(frozen=True, slots=True)
class PublishBundleService:
    """Does one job after the other; `now` is in Unix seconds.

    `owner_of` names the agency of a site, None for no site of this deployment; `decided` tells what people
    decided about a site's models.
    """

    files: Files
    press: Press
    owner_of: Callable[[str], str | None]
    decided: Callable[[str], Decided]
    now: Callable[[], int]

    def do(self, job: Job, answer: Answer | None = None) -> Done | RefusedJob:
        """Do a job that may have been done before, wholly or in part, and say what became of it.

        `answer` is what came of the pages that it wanted before. Raises `NotInTime` while the log does not
        take it in, and `NotPaged` while there is no model of its pages: then it is to be delivered again. So
        is a stop that anything keeps from being carried out.
        """
        before = self.files.result(job)
        if before is not None:
            return read_result(before)
        made = self._made(job, Prepared(self.files, job, answer))
        self.files.settle(job, made.to_bytes())
        return made

    def _made(self, job: Job, pages: Pages) -> Done | RefusedJob:
        if self.owner_of(job.site) != job.agency:
            return RefusedJob(job.id, "job: the site is not this agency's", self.now())
        try:
            return self._in_turn(job, pages)
        except (NotInTime, NotPaged):
            raise
        except (Malformed, Refused, Untrue) as error:
            if isinstance(job.asked, Kill) and not isinstance(error, NothingThere | TooLate):
                # It passes, or somebody ends it: what one person stopped in a hurry stays ordered until then.
                raise NotInTime(f"kill: {error}") from error
            return RefusedJob(job.id, str(error), self.now())

    def _in_turn(self, job: Job, pages: Pages) -> Done:
        """Do it, and where somebody else was faster, again at once while there is time for it."""
        began = self.now()
        for _ in range(_MOST_TURNS - 1):
            try:
                return self._done(job, pages)
            except Overtaken:
                if self.now() - began >= _TURNS_S:
                    raise
        return self._done(job, pages)

    def _done(self, job: Job, pages: Pages) -> Done:
        press, files = self.press, self.files
        # A stop is written down first: what comes live meanwhile, or for the first time, is silent as well.
        newest = files.renew(job) if isinstance(job.asked, Kill) else files.newest(job)
        seen = see(press.shelf, job.site)
        live = finish(press.shelf, job.site, log=press.log, keys=press.keys)
        # Letting go on is asked for of whatever is live: others may have published since it was done.
        done = None if isinstance(job.asked, Revive) else self._own(job, live)
        if done is None:
            _check_turn(job, newest)
            try:
                done = self._next(job, live, seen, pages=pages, newest=newest)
            except NothingThere:
                self._hold(job, newest.stops)
                raise
        self._hold(job, files.renew(job).stops)
        return done

    def _next(
        self, job: Job, live: PublishedBundle | None, seen: Seen, *, pages: Pages, newest: Newest
    ) -> Done:
        """Publish what the job asks for, upon what is live."""
        if live is None and isinstance(job.asked, Kill):
            raise NothingThere("job: no bundle is live; what is published is silent until it is revived")
        press, decided = self.press, self.decided(job.site)
        asked = wanted(job, live, files=self.files, press=press, decided=decided, pages=pages)
        if not isinstance(job.asked, Kill | Revive):
            # Before it is signed: what was asked for earlier is not done on top of it, however long it takes.
            newest = self.files.renew(job)
            _check_turn(job, newest)
        files = self._silent(asked, live, newest.after(job).stops)
        if files is None:
            if live is None:
                raise Refused("job: no bundle is live")
            return self._of(job, live.leaf, live.manifest_hash)
        at, before = self.now(), self.files.begun(job)
        begun = Begun.of(files, at=at, upon=live.manifest.version if live else 0)
        if not self.files.begin(job, Attempts.from_bytes(before).plus(begun).to_bytes(), before=before):
            raise Overtaken("job: it is done by somebody else")
        done = self._published(files, seen, at=at, is_stop=isinstance(job.asked, Kill))
        return Done(job.id, done.version, done.manifest_hash, done.index, at)

    def _hold(self, job: Job, stops: Stops) -> None:
        """Stop what came live while somebody asked for it to be silent."""
        if stops == Stops():
            return
        press = self.press
        seen = see(press.shelf, job.site)
        live = finish(press.shelf, job.site, log=press.log, keys=press.keys)
        if live is not None and (files := self._silent(None, live, stops)) is not None:
            self._published(files, seen, at=self.now(), is_stop=True)

    def _silent(
        self, files: BundleFiles | None, live: PublishedBundle | None, stops: Stops
    ) -> BundleFiles | None:
        """Return files with what is to be silent stopped; None for live ones where nothing changes."""
        if stops == Stops() or (files is None and live is None):
            return files
        made = files or read_files(self.press.shelf, live.manifest) if live else files
        if made is None:
            return None
        after = held(made.by_name, stops)
        return files if after == made.by_name else replace(made, by_name=after)

    def _published(self, files: BundleFiles, seen: Seen, *, at: int, is_stop: bool) -> Published:
        press = self.press
        return publish(
            files,
            shelf=press.shelf,
            signer=press.signer,
            log=press.log,
            keys=press.keys,
            now=at,
            seen=seen,
            is_stop=is_stop,
        )

    def _own(self, job: Job, live: PublishedBundle | None) -> Done | None:
        """Find the bundle that an earlier delivery of the job published."""
        raw = self.files.begun(job)
        if raw is None or live is None:
            return None
        attempts = Attempts.from_bytes(raw)
        for manifest in manifests(live, document=self.press.document):
            if manifest.version <= attempts.upon:
                break
            if attempts.made(manifest):
                digest = hashlib.sha256(manifest.to_bytes()).digest()
                return self._of(job, BundleLeaf(manifest.site, manifest.version, digest), digest)
        return None

    def _of(self, job: Job, leaf: BundleLeaf, manifest_hash: bytes) -> Done:
        index = self.press.log.storage.index_of(hash_of(leaf))
        if index is None:
            raise Untrue("bundle: the public log holds it no longer")
        return Done(job.id, leaf.version, manifest_hash.hex(), index, self.now())


def _check_turn(job: Job, newest: Newest) -> None:
    """Raise `TooLate` for a job that waited while what it would undo was asked for."""
    if newest.overtook(job):
        raise TooLate("job: what was asked for later counts")
