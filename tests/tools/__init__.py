"""tests of tools/."""
