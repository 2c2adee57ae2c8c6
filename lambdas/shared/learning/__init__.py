"""What propose and decide share: proposals, signed statements about them, and what may follow what."""
