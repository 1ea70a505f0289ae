"""What a manager looks at: one page a city, read from schema `bi` and nothing else."""
