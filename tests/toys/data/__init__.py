"""tests/toys/: what goes into the room of data."""
