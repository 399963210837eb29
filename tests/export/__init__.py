"""tests of export/."""
