"""Everything that may cross the network, and nothing else."""
