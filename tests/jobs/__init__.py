"""tests of jobs/."""
