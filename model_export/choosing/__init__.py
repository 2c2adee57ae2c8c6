"""What ships: settings, recipe and size, each chosen by what counts tell and nothing else."""
