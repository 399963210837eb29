"""dashboard/server/: the one engine, and files that come and go beside the pages."""
