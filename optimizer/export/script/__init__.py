"""export/script/: a Python file that makes a variant again, without Liteweigh."""
