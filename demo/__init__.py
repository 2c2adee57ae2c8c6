"""The demo: a fictional city's public-service site, and scripted devices."""
