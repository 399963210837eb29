"""audit/: whether what a recipe promised of the weights is in the file that ships."""
