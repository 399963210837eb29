"""pages/: one file a page: widgets and layout, nothing else."""
