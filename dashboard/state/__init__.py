"""dashboard/state/: what one browser session remembers, and what was read for it."""
