"""models/opened/: one file for each kind of model that can be in memory. Workers only."""
