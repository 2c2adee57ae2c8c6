"""Publishes what an agency's people decided: from a job to the next bundle of a site."""
