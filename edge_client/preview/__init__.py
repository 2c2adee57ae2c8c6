"""A page as somebody else would see it: by the real engine, in memory alone."""
