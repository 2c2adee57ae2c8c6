"""The demo city's model: after every visit all runtimes give the same scores, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demo.journeys import citizen_journeys
from demo.site import build_site
from edge_client.wire.paths import ItemId
from model_export import Settings, train_model
from model_export.learning.evaluate import RECENT, query
from model_export.shipping.parity import verify_parity
from tests.support import kernel_js, onnx_web
from tests.support.playing import CITIZENS, SEED, history_release

LOOKERS = 1500


@pytest.mark.parametrize("settings", [Settings(), Settings(budget_bytes=9_000)])
def test_every_visit_to_the_city_ranks_alike_everywhere(settings: Settings, tmp_path: Path) -> None:
    """The reference, ONNX Runtime, ONNX Runtime Web and the worker's own kernel agree to the last bit, on the
    histories of citizens whom nothing was learnt from."""
    catalogue = build_site(tmp_path / "site", None)
    model = train_model(history_release(catalogue), catalogue, settings=settings)
    journeys = list(citizen_journeys(catalogue, CITIZENS + LOOKERS, SEED))[CITIZENS:]
    histories = {
        tuple(dict.fromkeys(reversed([ItemId(page) for page in journey[:upto]])))[:RECENT]
        for journey in journeys
        for upto in range(1, len(journey) + 1)
    }
    index = {page: at for at, page in enumerate(model.trained.pages)}
    asked = [query([index[page] for page in history]) for history in sorted(histories)]
    assert len(asked) > 1000
    assert verify_parity(model.onnx_bytes, asked).largest_difference == 0
    expected = [model.trained.fitted.table.scores(*one) for one in asked]
    for runtime in (onnx_web, kernel_js):
        (found,) = runtime.scores_of([(model.onnx_bytes, asked)], tmp_path)
        assert np.array_equal(expected, found), runtime.__name__
