"""Close a batch, put noise on its sums, and release them once."""
