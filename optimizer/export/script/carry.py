"""export/script/: takes functions out of the engine's own source, with all that they rest on.

Only what is needed comes along: definitions that a function names, and those that these name. All
stand in one file then, so that imports of the engine go, and names that two modules share change.
"""

import ast
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ENGINE = __name__.partition(".")[0]
LINTERS = re.compile(r"  # (noqa|type: ignore)\S*.*$")
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
Place = tuple[str, str]
"""A module and a name in it."""


@dataclass(frozen=True)
class Carried:
    """What was taken.

    Attributes:
        imports: Statements for the top of the file, of other libraries.
        source: The definitions, what is rested on first.
        names: What each root is called there.
    """

    imports: tuple[str, ...]
    source: str
    names: dict[str, str]


@dataclass(frozen=True)
class _Module:
    """A module of the engine, read once.

    Attributes:
        name: The full one.
        lines: Of its source.
        definitions: By name.
        ours: Where names come from that it imports from the engine.
        theirs: The statement by a name that it imports from elsewhere.
    """

    name: str
    lines: list[str]
    definitions: dict[str, Definition] = field(default_factory=dict)
    ours: dict[str, Place] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)


def carry(roots: Iterable[str]) -> Carried:
    """Takes functions with all that they rest on.

    Args:
        roots: As `module:name`.
    """
    wanted = [tuple(root.split(":")) for root in roots]
    order: dict[Place, None] = {}
    imports: dict[str, None] = {}
    for module, name in wanted:
        _visit((module, name), order, imports, set())
    called = _called(order)
    pieces = [_written(place, called) for place in order]
    return Carried(
        tuple(sorted(imports, key=lambda line: (not line.startswith("import"), line))),
        "\n\n\n".join(pieces) + "\n",
        {f"{module}:{name}": called[_home((module, name))] for module, name in wanted},
    )


@cache
def _module(name: str) -> _Module:
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None, name  # noqa: S101, PT018
    text = Path(found.origin).read_text("utf-8")
    read = _Module(name, text.splitlines())
    tree = ast.parse(text)
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=own) | ast.ClassDef(name=own):
                read.definitions[own] = node
            case ast.Assign(targets=[ast.Name(id=own)]) | ast.AnnAssign(target=ast.Name(id=own)):
                read.definitions[own] = node
        _note_import(node, read)
    return read


def _note_import(node: ast.AST, into: _Module) -> None:
    if isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            own = alias.asname or alias.name
            if node.module.partition(".")[0] == ENGINE:
                into.ours[own] = (node.module, alias.name)
            else:
                named = f" as {alias.asname}" if alias.asname else ""
                into.theirs[own] = f"from {node.module} import {alias.name}{named}"
    elif isinstance(node, ast.Import):
        for alias in node.names:
            named = f" as {alias.asname}" if alias.asname else ""
            own = alias.asname or alias.name.partition(".")[0]
            into.theirs[own] = f"import {alias.name}{named}"


def _home(place: Place) -> Place:
    """Where a name is defined that a module may have from another."""
    module, name = place
    read = _module(module)
    return place if name in read.definitions else _home(read.ours[name])


def _visit(
    place: Place, order: dict[Place, None], imports: dict[str, None], under: set[Place]
) -> None:
    place = _home(place)
    if place in order or place in under:
        return
    under.add(place)
    read = _module(place[0])
    node = read.definitions[place[1]]
    own = _Module(read.name, read.lines, read.definitions, dict(read.ours), dict(read.theirs))
    for inner in ast.walk(node):
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith(ENGINE):
            _note_import(inner, own)
    for name in _named(node):
        if name in own.definitions or name in own.ours:
            target = (own.name, name) if name in own.definitions else own.ours[name]
            _visit(target, order, imports, under)
        elif name in own.theirs:
            imports[own.theirs[name]] = None
    order[place] = None


def _named(node: ast.AST) -> dict[str, None]:
    """Names that a definition uses when it is made or runs, in their order; no annotations."""
    found: dict[str, None] = {}

    def look(part: ast.AST) -> None:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            found[part.id] = None
        for name, value in ast.iter_fields(part):
            if name in {"annotation", "returns"}:
                continue
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, ast.AST):
                    look(inner)

    look(node)
    return found


def _called(order: Iterable[Place]) -> dict[Place, str]:
    """What each definition is called in the file; where two have a name, one gets its module's."""
    called: dict[Place, str] = {}
    taken: set[str] = set()
    for module, name in order:
        own = name
        if own in taken:
            own = f"{name}_of_{module.rpartition('.')[2]}"
        assert own not in taken, own  # noqa: S101 (a test of every recipe carries all)
        taken.add(own)
        called[module, name] = own
    return called


def _written(place: Place, called: dict[Place, str]) -> str:
    """The source of a definition, without what only the engine needs."""
    read = _module(place[0])
    node = read.definitions[place[1]]
    ours = dict(read.ours)
    gone: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith(ENGINE):
            for alias in inner.names:
                ours[alias.asname or alias.name] = (str(inner.module), alias.name)
            gone |= set(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    renamed = _renamed(node, read, ours, place, called)
    lines = []
    for number in range(first, (node.end_lineno or first) + 1):
        if number in gone:
            continue
        line = read.lines[number - 1].encode()
        for start, end, name in sorted(renamed.get(number, ()), reverse=True):
            line = line[:start] + name.encode() + line[end:]
        lines.append(LINTERS.sub("", line.decode()))
    return "\n".join(lines)


def _renamed(
    node: Definition,
    read: _Module,
    ours: dict[str, Place],
    place: Place,
    called: dict[Place, str],
) -> dict[int, list[tuple[int, int, str]]]:
    """By the number of a line which names in it change, from which byte to which."""
    changes: dict[int, list[tuple[int, int, str]]] = {}

    def change(line: int, column: int, old: str, new: str) -> None:
        if old != new:
            changes.setdefault(line, []).append((column, column + len(old.encode()), new))

    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and (inner.id in read.definitions or inner.id in ours):
            target = (read.name, inner.id) if inner.id in read.definitions else ours[inner.id]
            try:
                new = called.get(_home(target), inner.id)
            except KeyError:  # an annotation's, which is not carried
                continue
            change(inner.lineno, inner.col_offset, inner.id, new)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        word = "def " if isinstance(node, ast.FunctionDef) else "class "
        change(node.lineno, node.col_offset + len(word), node.name, called[place])
    return changes
