"""tests of measure/: what the numbers on the page promise."""
