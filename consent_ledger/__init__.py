"""The consent ledger: an append-only, publicly verifiable log of consent."""
