"""tests of files/."""
