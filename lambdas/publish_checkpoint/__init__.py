"""Sign the log's checkpoint, have witnesses cosign it, and publish it; woken by a queue and by the clock."""
