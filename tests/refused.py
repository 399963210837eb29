"""tests: what every refusal has in common: one error of the family, in words for a person."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from optimizer.errors import LiteweighError


@contextmanager
def refused(kind: type[LiteweighError], *parts: str) -> Iterator[None]:
    """Expects exactly `kind`, with a message of one line that holds each of `parts`.

    `parts` are what was found, what was expected and what to do.
    """
    with pytest.raises(LiteweighError) as caught:
        yield
    message = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in message
    assert message.endswith((".", "!", "?")), message
    missing = [part for part in parts if part not in message]
    assert not missing, f"{missing} not in: {message}"
