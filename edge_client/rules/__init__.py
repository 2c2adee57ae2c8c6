"""Rules on the device: whether they may be used, what they need, whom they are for, and what follows."""
