"""benchmarks/: speed and memory, side by side with what a user would write instead."""
