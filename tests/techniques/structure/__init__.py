"""tests of techniques/structure/."""
