"""tests of dashboard/."""
