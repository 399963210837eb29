"""workers/confinement/: the prison that a worker is in before it sees a file. Linux only.

Nothing but the standard library: it is imported in a worker before anything else is.
"""
