"""tests of pages/."""
