"""Which alerts concern a place, worked out on the device: nothing in here can leave it."""
