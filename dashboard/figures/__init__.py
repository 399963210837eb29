"""dashboard/figures/: pure functions from the engine's records to a plotly figure."""
