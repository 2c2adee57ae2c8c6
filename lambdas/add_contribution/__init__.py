"""POST /contributions: add one device's report to its batch."""
