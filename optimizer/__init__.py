"""optimizer/: the engine. It opens, optimizes, measures and compares models without a page."""
