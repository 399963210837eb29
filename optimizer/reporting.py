"""optimizer/: how long work tells how far it is."""

from collections.abc import Callable

Report = Callable[[str, float], None]
"""Told what is being done, in words for the page, and how much of it is done (0..1)."""
