"""workers/: where work runs: processes of their own, what they may touch, how far they are."""
