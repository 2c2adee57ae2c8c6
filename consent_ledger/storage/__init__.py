"""Where a log keeps itself: one small protocol and the adapters that need nothing but Python."""
