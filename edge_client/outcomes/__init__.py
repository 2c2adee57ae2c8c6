"""What became of suggestions on this device, and what follows for the order of the next ones."""
