"""tests: small networks of many tasks, from their file to compared variants."""
