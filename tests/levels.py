"""tests: which cases of a long list run every time, and which in `make test-all` only."""

from collections.abc import Iterable
from typing import Any

import pytest


def some(cases: Iterable[Any], *, quick: Iterable[Any]) -> list[Any]:
    """All cases, for `parametrize`; those that are not among the quick ones are slow.

    Args:
        cases: A value for each case, or a tuple of them where `parametrize` has several names.
        quick: Some of the cases, one of each kind.
    """
    chosen = list(quick)
    return [case if case in chosen else _slow(case) for case in cases]


def _slow(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
