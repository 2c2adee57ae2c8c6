"""What people with keys decided about a site's models, for a job that asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consent_ledger.errors import Refused
from consent_ledger.note import VerifierKey
from lambdas.shared.learning.learning import Learning
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.live_bundle import Shelf
from lambdas.shared.publishing.model_rollout import Standing, is_taken_back, standing_model, wanted
from lambdas.shared.publishing.paging import Pages


@dataclass(frozen=True, slots=True)
class DecidedModels:
    """The decisions of one site; `file` reads a file of a proposal by its SHA-256 in hex.

    A job moves no model by itself: what it may come to is what approvers signed.
    """

    learning: Callable[[], Learning]
    shelf: Shelf
    file: Callable[[str], bytes]
    approvers: tuple[VerifierKey, ...]

    def files(self, live: BundleFiles, *, proposal: str, pages: Pages) -> BundleFiles | None:
        """Return what devices should get, None where that is live. Raises as `wanted` does."""
        learning = self.learning()
        last = learning.rollout.last
        if last is None or last.proposal != proposal:
            raise Refused("canary: what was decided last is not about that proposal")
        return wanted(live, learning, shelf=self.shelf, file=self.file, approvers=self.approvers, pages=pages)

    def is_taken_back(self, files: BundleFiles) -> bool:
        """Whether people took back the model that these files hold."""
        return is_taken_back(files, self.learning())

    def standing(self, live: BundleFiles) -> Standing:
        """Return the model that is live, or the one before where people took that back."""
        return standing_model(live, self.learning(), shelf=self.shelf)
