"""tests of workers/."""
