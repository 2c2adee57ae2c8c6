"""A recurrent network after GRU4Rec (Hidasi et al. 2016), every page a negative (Hidasi and Czapp 2023).

Page embeddings, one GRU layer, an output for every page, cross-entropy at every step of every walk, dropout
on both sides, Adam. Validation chooses the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from benchmarks.recommend.peers.weighing import Mass, masses, weighed
from benchmarks.recommend.rows import Rows, Walk
from benchmarks.recommend.tuning import Asker, Contender

WIDTHS = (2, 4, 12)
LONGEST = WIDTHS[-1]
BATCH = 256
EPOCHS = 16
_ASKED_AT_ONCE = 1024

_OPTIMISER = optax.adam(2e-3)

Parameters = dict[str, jax.Array]


def network_peer(rows: Rows) -> Contender:
    """The network with the settings that it is tried with; every second epoch is one of them."""
    ways = masses(rows)
    return Contender(
        "GRU network",
        learn,
        tuple(
            {"mass": mass, "units": units, "dropout": dropout}
            for mass, units, dropout in product(ways[:2], (128,), (0.1, 0.4) if len(ways) == 1 else (0.1,))
        ),
        tuple({"epoch": epoch} for epoch in range(2, EPOCHS + 1, 2)),
    )


def learn(rows: Rows, histories: Sequence[Walk], *, mass: Mass, units: int, dropout: float) -> Asker:
    """A network that trains, when it is asked, up to the epoch that it is asked for: never a lower one."""
    walks, weight = weighed(rows, mass)
    kept = [at for at, walk in enumerate(walks) if len(walk) > 1]
    pages, there = _padded([walks[at][-LONGEST - 1 :] for at in kept], LONGEST + 1)
    shares = (weight[kept] / weight[kept].mean()).astype(np.float32)
    parameters = _initial(jax.random.key(0), rows.pages, units)
    state = _OPTIMISER.init(parameters)
    mixing, key, reached = np.random.default_rng(0), jax.random.key(1), 0

    def train(epoch: int) -> None:
        nonlocal parameters, state, key, reached
        if epoch < reached:
            raise ValueError("network: cannot forget what it has learnt")
        for _ in range(reached, epoch):
            for batch, width in _batches(there.sum(axis=1).astype(np.int64), mixing):
                key, drop = jax.random.split(key)
                given = pages[batch, : width + 1], there[batch, : width + 1], shares[batch]
                parameters, state = _step(parameters, state, *given, drop, dropout)
        reached = epoch

    def ask(histories: Sequence[Walk], *, epoch: int) -> NDArray[np.float32]:
        train(epoch)
        parts = []
        for start in range(0, len(histories), _ASKED_AT_ONCE):
            known = [history[-LONGEST:] for history in histories[start : start + _ASKED_AT_ONCE]]
            asked, here = _padded(known, LONGEST)
            last = np.array([len(history) - 1 for history in known])
            states = _states(parameters, parameters["embed"][asked], here)
            parts.append(np.asarray(_outputs(parameters, states[np.arange(len(last)), last])))
        return np.concatenate(parts)

    return ask


def _batches(
    lengths: NDArray[np.int64], mixing: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """An epoch: every walk once, with others of about its length, so that little is computed on padding."""
    batches = []
    for shorter, width in pairwise((0, *WIDTHS)):
        there = np.flatnonzero((lengths > shorter + 1) & (lengths <= width + 1))
        mixed = mixing.permutation(there)
        # The last batch repeats itself until it is full: one shape a width, compiled once.
        batches += [
            (np.resize(mixed[start : start + BATCH], BATCH), width) for start in range(0, len(mixed), BATCH)
        ]
    for at in mixing.permutation(len(batches)):
        yield batches[at]


def _initial(key: jax.Array, pages: int, units: int) -> Parameters:
    embed, inward, across, outward = jax.random.split(key, 4)

    def drawn(which: jax.Array, *shape: int) -> jax.Array:
        return jax.random.normal(which, shape) / np.sqrt(shape[0])

    return {
        "embed": jax.random.normal(embed, (pages, units)) * 0.1,
        "inward": drawn(inward, units, 3 * units),
        "across": drawn(across, units, 3 * units),
        "gates": jnp.zeros(3 * units),
        "outward": drawn(outward, units, pages),
        "bias": jnp.zeros(pages),
    }


def _states(parameters: Parameters, embedded: jax.Array, there: NDArray[np.float32]) -> jax.Array:
    """(walks, steps, units): the GRU's state after each page; padding leaves it as it was."""
    inward = embedded @ parameters["inward"] + parameters["gates"]
    units = parameters["across"].shape[0]

    def step(state: jax.Array, given: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        entering, here = given
        across = state @ parameters["across"]
        update = jax.nn.sigmoid(entering[:, :units] + across[:, :units])
        reset = jax.nn.sigmoid(entering[:, units : 2 * units] + across[:, units : 2 * units])
        proposed = jnp.tanh(entering[:, 2 * units :] + reset * across[:, 2 * units :])
        after = jnp.where(here[:, None] > 0, (1 - update) * state + update * proposed, state)
        return after, after

    _, states = jax.lax.scan(
        step, jnp.zeros((embedded.shape[0], units)), (jnp.swapaxes(inward, 0, 1), jnp.asarray(there).T)
    )
    return jnp.swapaxes(states, 0, 1)


def _outputs(parameters: Parameters, states: jax.Array) -> jax.Array:
    return states @ parameters["outward"] + parameters["bias"]


@jax.jit
def _step(
    parameters: Parameters,
    state: Any,
    pages: NDArray[np.int64],
    there: NDArray[np.float32],
    shares: NDArray[np.float32],
    key: jax.Array,
    dropout: float,
) -> tuple[Parameters, Any]:
    before, after = jax.random.split(key)

    def loss(parameters: Parameters) -> jax.Array:
        embedded = _dropped(before, parameters["embed"][pages[:, :-1]], dropout)
        states = _states(parameters, embedded, there[:, :-1])
        outputs = _outputs(parameters, _dropped(after, states, dropout))
        lost = optax.softmax_cross_entropy_with_integer_labels(outputs, pages[:, 1:])
        counted = there[:, 1:] * shares[:, None]
        return (lost * counted).sum() / counted.sum()

    gradient = jax.grad(loss)(parameters)
    updates, state = _OPTIMISER.update(gradient, state)
    return optax.apply_updates(parameters, updates), state


def _dropped(key: jax.Array, values: jax.Array, share: float) -> jax.Array:
    return values * jax.random.bernoulli(key, 1 - share, values.shape) / (1 - share)


def _padded(walks: Sequence[Walk], width: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Pages from the left, zeros after; and where there is a page."""
    pages, there = np.zeros((len(walks), width), dtype=np.int64), np.zeros((len(walks), width), np.float32)
    for row, walk in enumerate(walks):
        pages[row, : len(walk)] = walk
        there[row, : len(walk)] = 1
    return pages, there
