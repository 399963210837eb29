"""tests of studies/."""
