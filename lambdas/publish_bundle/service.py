"""Publishes, goes back, stops and lets go on: one job, one bundle, however often the job is delivered.

A job writes down what it is about to publish, then publishes, then writes down what became of it. Whatever
was signed is finished before anything else is looked at (`live_bundle.finish`): after a crash a job either
finds its own bundle, or nothing of it is in the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import BundleLeaf, hash_of
from edge_client.wire.bundle import PublishedBundle
from lambdas.publish_bundle.begun import Begun
from lambdas.publish_bundle.ports import Decided, Files, Press
from lambdas.publish_bundle.result import Done, RefusedJob, read_result
from lambdas.publish_bundle.wanted import wanted
from lambdas.shared.publishing.history import manifests
from lambdas.shared.publishing.job import Job
from lambdas.shared.publishing.live_bundle import NotInTime, finish
from lambdas.shared.publishing.publication import publish


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

    def do(self, job: Job) -> Done | RefusedJob:
        """Do a job that may have been done before, wholly or in part, and say what became of it.

        Raises `NotInTime` while the log does not take it in: then the job is to be delivered again.
        """
        before = self.files.result(job)
        if before is not None:
            return read_result(before)
        made: Done | RefusedJob
        try:
            if self.owner_of(job.site) != job.agency:
                raise Refused("job: the site is not this agency's")
            made = self._done(job)
            self.files.renew(job, self.files.newest(job).after(job))
        except NotInTime:
            raise
        except (Malformed, Refused, Untrue) as error:
            made = RefusedJob(job.id, str(error), self.now())
        self.files.settle(job, made.to_bytes())
        return made

    def _done(self, job: Job) -> Done:
        press = self.press
        live = finish(press.shelf, job.site, log=press.log, keys=press.keys)
        if (own := self._own(job, live)) is not None:
            return own
        if self.files.newest(job).overtook(job):
            # It waited while something was away; what was asked for since counts.
            raise Refused("job: one that was asked for later is done already")
        files = wanted(job, live, files=self.files, press=press, decided=self.decided(job.site))
        if files is None:
            if live is None:
                raise Refused("job: no bundle is live")
            return self._of(job, live.leaf, live.manifest_hash)
        at = self.now()
        begun = Begun.of(files, at=at, upon=live.manifest.version if live else 0)
        self.files.begin(job, begun.to_bytes())
        done = publish(files, shelf=press.shelf, signer=press.signer, log=press.log, keys=press.keys, now=at)
        return Done(job.id, done.version, done.manifest_hash, done.index, at)

    def _own(self, job: Job, live: PublishedBundle | None) -> Done | None:
        """Find the bundle that an earlier delivery of the job published."""
        raw = self.files.begun(job)
        if raw is None or live is None:
            return None
        begun = Begun.from_bytes(raw)
        for manifest in manifests(live, document=self.press.document):
            if manifest.version <= begun.upon:
                break
            if begun.is_of(manifest):
                digest = hashlib.sha256(manifest.to_bytes()).digest()
                return self._of(job, BundleLeaf(manifest.site, manifest.version, digest), digest)
        return None

    def _of(self, job: Job, leaf: BundleLeaf, manifest_hash: bytes) -> Done:
        index = self.press.log.storage.index_of(hash_of(leaf))
        if index is None:
            raise Untrue("bundle: the public log holds it no longer")
        return Done(job.id, leaf.version, manifest_hash.hex(), index, self.now())
