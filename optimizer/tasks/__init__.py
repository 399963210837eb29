"""tasks/: what a worker does: one file a task."""
