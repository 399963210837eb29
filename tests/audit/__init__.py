"""tests of audit/."""
