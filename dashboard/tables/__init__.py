"""dashboard/tables/: pure functions from the engine's records to a data frame."""
