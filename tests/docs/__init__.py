"""tests of docs/: what the documents say of the code is so."""
