"""export/kits/carried/: the Python that leaves in the Python kit."""
