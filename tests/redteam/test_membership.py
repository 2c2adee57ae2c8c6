"""The attacker who has a model's bytes and trains models like it, to tell who was among those learnt from.

The targets are the visitors who are easiest to tell: with each of them a pair of pages reaches the fewest
count, without them it does not.
"""

from __future__ import annotations

import math

import pytest

from edge_client.wire.release import Mechanism, Privacy
from tests.support.shadow_models import Town, membership_advantage

K = 10
MODELS = 24
# Seven times the deviation of an area measured on 1,440 members and others.
CHANCE = 0.1


def test_without_noise_a_model_gives_away_who_made_a_pair_reach_k() -> None:
    """k alone is no protection from whoever knows the others: the model's bytes tell for certain."""
    town = Town(companions=K - 1)
    assert membership_advantage(town, Privacy(K), models=MODELS, seed=1) > 0.95


@pytest.mark.parametrize("mechanism", [Mechanism.DISCRETE_LAPLACE, Mechanism.DISCRETE_GAUSSIAN])
def test_with_noise_worth_epsilon_one_a_model_tells_little(mechanism: Mechanism) -> None:
    """No test for membership has an area over e / (1 + e), 0.73, under epsilon 1."""
    town = Town(companions=K - 1)
    area = membership_advantage(town, Privacy(K, mechanism, 1000, 6), models=MODELS, seed=2)
    assert area < math.e / (1 + math.e) + CHANCE


def test_with_noise_worth_epsilon_ten_a_model_tells_nearly_all() -> None:
    """The attack above is a real one: it is the noise that stops it, not that there is any."""
    town = Town(companions=K - 1)
    terms = Privacy(K, Mechanism.DISCRETE_LAPLACE, 10_000, 6)
    assert membership_advantage(town, terms, models=MODELS, seed=3) > math.e / (1 + math.e) + CHANCE
