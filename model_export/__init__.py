"""Released aggregates to a signed ONNX model; logs to aggregates; evaluation."""
