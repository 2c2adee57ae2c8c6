"""Archetypes: groups of pages found in releases, as the table that devices load."""
