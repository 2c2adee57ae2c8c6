"""Makes a model of the pages that an agency's people want published: what it is asked for, once a message."""
