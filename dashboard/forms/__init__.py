"""dashboard/forms/: what the user fills in."""
