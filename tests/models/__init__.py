"""tests of models/."""
