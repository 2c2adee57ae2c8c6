"""From a task's terms to the noise of its release, and from that to the noise of one cell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from consent_ledger.errors import Untrue
from edge_client.wire.noise import Noise
from edge_client.wire.privacy import Bound, Mechanism, Privacy, Unit
from edge_client.wire.task import MeasurementTask
from lambdas.make_release.noise import Below, discrete_gaussian, discrete_laplace


def privacy_of(task: MeasurementTask, mechanism: Mechanism, *, occurring: bool) -> Privacy:
    """The privacy terms of a task's release.

    Delta is named where something needs it: for the Gaussian, and for pairs that only occurring makes known.
    """
    pure = mechanism is Mechanism.DISCRETE_LAPLACE and not occurring
    return Privacy(task.k, mechanism, task.epsilon_milli, None if pure else task.delta_exp)


def bound_of(task: MeasurementTask) -> Bound:
    """What one device adds to a week of a task."""
    return Bound(Unit.DEVICE_WEEK, task.pairs_per_week)


def noise_for(task: MeasurementTask, mechanism: Mechanism, *, occurring: bool) -> Noise:
    """Settle a mechanism's parameters. Raises `Untrue` for no mechanism: noise is what epsilon promises."""
    privacy = privacy_of(task, mechanism, occurring=occurring)
    noise = Noise.least(privacy, bound_of(task).footprint(1), occurring=occurring)
    if noise is None:
        raise Untrue("release: contributions carry noise")
    return noise


def drawing(noise: Noise, below: Below) -> Callable[[], int]:
    """What draws the noise of one cell at each call, exactly."""
    if noise.mechanism is Mechanism.DISCRETE_GAUSSIAN:
        return partial(discrete_gaussian, noise.scale**2, below)
    return partial(discrete_laplace, noise.scale, below)
