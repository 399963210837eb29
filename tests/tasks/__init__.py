"""tests of tasks/."""
