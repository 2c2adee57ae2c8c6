"""GET /consent/receipts/{entry}: the proof that turns an accepted entry into a receipt."""
