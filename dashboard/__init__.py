"""dashboard/: how pages draw: figures, forms, progress, session state."""
