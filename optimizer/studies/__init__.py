"""studies/: what was tried: study folders, jobs, worker processes, and the way of one recipe."""
