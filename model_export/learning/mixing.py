"""A mixture of ordered and unordered co-visits, for sites that know some of the order."""

from __future__ import annotations

import scipy.sparse as sp

from model_export.learning.covisit import CoVisitClassifier
from model_export.learning.item_to_item import ItemToItemClassifier


class MixtureClassifier(CoVisitClassifier):
    """Mixes both models' shares of next pages: (1 - mix) ordered + mix unordered, before power and lift.

    Parameters: `mix` from 0 (ordered alone) to 1 (unordered alone); `neighbours`, `ridge` and `soft` are
    those of `ItemToItemClassifier`, the others those of `CoVisitClassifier`.
    """

    def __init__(
        self,
        top_k: int = 32,
        damping: float = 5.0,
        popularity: float = 0.01,
        power: float = 1.0,
        lift: float = 0.0,
        mix: float = 0.3,
        neighbours: int = 50,
        ridge: float = 50.0,
        soft: float = 0.0,
    ) -> None:
        super().__init__(top_k=top_k, damping=damping, popularity=popularity, power=power, lift=lift)
        self.mix = mix
        self.neighbours = neighbours
        self.ridge = ridge
        self.soft = soft

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if not 0 <= self.mix <= 1:
            raise ValueError("mixture: mix is not between 0 and 1")
        self._unordered()._check_parameters()

    def _unordered(self) -> ItemToItemClassifier:
        return ItemToItemClassifier(
            top_k=self.top_k,
            damping=self.damping,
            neighbours=self.neighbours,
            ridge=self.ridge,
            soft=self.soft,
        )

    def _shares(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        ordered = super()._shares(counts)
        if self.mix == 0:
            return ordered
        unordered = self._unordered().shares_of(counts, self.classes_)
        return sp.csr_matrix((1 - self.mix) * ordered + self.mix * unordered)
