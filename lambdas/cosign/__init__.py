"""A witness of logs: cosign a checkpoint that continues what was seen before, and show what was seen."""
