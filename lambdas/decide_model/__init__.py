"""Take a signed decision about a proposed model in, and log it."""
