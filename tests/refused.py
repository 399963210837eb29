"""tests: what every refusal has in common: one error of the family, in words for a person."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from optimizer.errors import LiteweighError

Judge = Callable[[], AbstractContextManager[object]]
judges: list[Judge] = []
"""Who looks on while something is refused; see tests/hostile/judge.py."""


@contextmanager
def refused(kind: type[LiteweighError], *parts: str) -> Iterator[None]:
    """Expects exactly `kind`, with a message of one line that holds each of `parts`.

    `parts` are what was found, what was expected and what to do.
    """
    look = judges[-1]() if judges else nullcontext()
    with pytest.raises(LiteweighError) as caught, look:
        yield
    message = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in message
    assert message.endswith((".", "!", "?")), message
    missing = [part for part in parts if part not in message]
    assert not missing, f"{missing} not in: {message}"
