"""measure/diagnosis/: what is wrong with a variant, in words: one sign a file.

Nothing here decides anything: each sign is a pure function that gives sentences, or none.
"""
