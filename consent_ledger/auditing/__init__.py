"""The privacy officer's audit: twelve questions about a copy of the log, each answered with a proof."""
