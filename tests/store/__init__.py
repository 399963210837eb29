"""tests of store/."""
