"""What an agency's people can see and not change: models, releases, and what is asked for consent."""
