"""choose/: which variant to take, and whether a difference is more than noise."""
