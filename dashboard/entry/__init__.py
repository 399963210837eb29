"""dashboard/entry/: where a page begins; nothing else lies here, see `router`."""
