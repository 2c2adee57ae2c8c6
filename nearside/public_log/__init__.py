"""The public part of a log wherever it lies: in a folder, or behind a URL."""
