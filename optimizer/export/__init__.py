"""export/: what leaves: results.json, files to download, numbers as people read them."""
