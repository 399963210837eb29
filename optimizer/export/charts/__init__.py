"""export/charts/: charts as plotly reads them, of plain dicts: for pages, and for a report."""
