"""tests of data/."""
