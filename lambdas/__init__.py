"""One folder a function: `handler.py` translates, `service.py` decides; `shared/` holds the adapters."""
