"""tests of techniques/."""
