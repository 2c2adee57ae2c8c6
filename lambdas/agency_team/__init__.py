"""Who works for an agency: its people and their roles, as the issuer of their tokens has them."""
