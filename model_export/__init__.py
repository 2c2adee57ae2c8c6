"""Released aggregates to a signed ONNX model; logs to aggregates; evaluation.

`train_model` is the way in for those who have releases and want a model to publish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_export.trained import Settings, TrainedModel, train_model

__all__ = ["Settings", "TrainedModel", "train_model"]

if not TYPE_CHECKING:
    # Who counts a log would otherwise wait for scikit-learn and ONNX, which only training needs.
    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from model_export import trained

        return getattr(trained, name)
