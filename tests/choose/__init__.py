"""tests of choose/: whether a difference is more than noise."""
