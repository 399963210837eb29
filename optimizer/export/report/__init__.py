"""export/report/: a study in one HTML file that anybody can open, without a network."""
