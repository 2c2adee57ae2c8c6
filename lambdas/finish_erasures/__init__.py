"""Complete erasures that somebody left half-way; woken by the clock."""
