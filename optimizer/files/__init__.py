"""files/: the ground floor: archives and trees, digests, atomic writes, locks."""
