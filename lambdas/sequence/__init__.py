"""Give pending entries their places; woken by a queue and by the clock."""
