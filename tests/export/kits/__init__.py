"""tests of export/kits/."""
