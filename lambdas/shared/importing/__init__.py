"""What a site already says of its pages, as drafts of catalogue items: bytes in, drafts and problems out."""
