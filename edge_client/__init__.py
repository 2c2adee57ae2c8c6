"""What runs on the citizen's device."""
