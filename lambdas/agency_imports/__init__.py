"""What a site already says of its pages, taken into an agency's draft."""
