"""What a page notices beside page views, as far as a rule needs it: scrubbed, and kept for a while."""
