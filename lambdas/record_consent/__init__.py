"""POST /consent/events: log one consent record."""
