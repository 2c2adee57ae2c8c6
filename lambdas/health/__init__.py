"""GET /health: say that the API is there."""
