"""What an agency's authors edit: the documents of each site's draft."""
