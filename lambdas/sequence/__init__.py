"""Give pending entries their places, and publish a checkpoint; woken by a queue and by the clock."""
