"""tests of export/script/: names of a module are told from a function's own."""

import ast

import pytest

from optimizer.export.script.scopes import uses


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("def f(a, b=c): return a + b + d", ["c", "d"]),
        ("def f(x: T) -> U: y: V = x; return y", []),
        ("g = lambda a: a + b", ["g", "b"]),
        ("def f(): return [i + j for i in k]", ["j", "k"]),
        ("def f():\n    from engine.room import thing\n    return thing", ["thing"]),
        ("def f():\n    import numpy as np\n    return np.zeros(n)", ["n"]),
        ("def f():\n    global a\n    a = b", ["a", "b"]),
        ("def f():\n    def g(): return a\n    return g()", ["a"]),
        ("def f():\n    a = 1\n    def g(): return a\n    return g()", []),
        ("def f():\n    try: pass\n    except E as e: return e", ["E"]),
        ("def f(): return room.thing.part", ["room.thing"]),
        ("def f(room): return room.thing", []),
    ],
)
def test_only_names_of_the_module_are_used(source: str, used: list[str]) -> None:
    found = uses(
        ast.parse(source).body, lambda name: name == "room", lambda one: one.startswith("engine")
    )
    assert [use.name for use in found] == used
