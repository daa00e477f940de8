"""The packet plane: the hot path and nothing else."""
