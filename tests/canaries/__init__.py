"""tests of private parts of dependencies: one for each line of docs/dependencies.md, by its id.

A canary looks at the dependency itself, not at what is built on it, so that after an upgrade the
names of those that fail say what has moved. All of them together take seconds:

    python -m pytest tests/canaries
"""
