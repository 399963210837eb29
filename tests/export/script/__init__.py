"""tests of export/script/: scripts that make the same file without Liteweigh."""
