"""What a citizen asked this device to remind them of: on which days, and on which of them it is said."""
