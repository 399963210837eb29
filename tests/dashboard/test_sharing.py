"""tests of dashboard/server/: what others than who started the server are told."""

import pytest

from dashboard.server import sharing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The study in /home/ann/.liteweigh/net-1 is damaged.", "The study in …/net-1 is damaged."),
        ('File "/usr/lib/python3/keras/x.py", line 3', 'File "…/x.py", line 3'),
        ("(~/models/a.keras)", "(…/a.keras)"),
        ("/opt/a b/c", "…/a b/c"),
        ("3/4 of https://keras.io/api at 2 ms/step", "3/4 of https://keras.io/api at 2 ms/step"),
        ("conv/BiasAdd;block/relu", "conv/BiasAdd;block/relu"),
    ],
)
def test_others_learn_no_folder(monkeypatch: pytest.MonkeyPatch, text: str, told: str) -> None:
    monkeypatch.setattr(sharing, "is_local", lambda: False)
    assert sharing.told(text) == told
    monkeypatch.setattr(sharing, "is_local", lambda: True)
    assert sharing.told(text) == text
