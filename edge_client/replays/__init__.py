"""What this device decided, for the citizen to look at and to have decided again."""
