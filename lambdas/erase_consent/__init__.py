"""POST /consent/erasures: destroy our copy of records, at the citizen's word."""
