"""export/script/: takes functions out of the engine's own source, with all that they rest on.

Only what is needed comes along: definitions that a function names, and those that these name. All
stand in one file then, so that imports of the engine go, and names that two modules share change.
Of techniques, which declare far more than they do, come only the methods that something calls.
"""

import ast
import importlib.util
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from pprint import pformat

from optimizer.export.script.scopes import Use, uses

ENGINE = __name__.partition(".")[0]
LINTERS = re.compile(r"  # (noqa|type: ignore|fmt: skip)\S*.*$")
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
Place = tuple[str, str]
"""A module and a name in it."""
WIDTH = 96
WITHOUT = f"{ENGINE}.export.script.without"
TECHNIQUE: Place = (f"{ENGINE}.techniques.technique", "Technique")
HISTORY = f"{ENGINE}.techniques.training.history"
IN_PLACE_OF: dict[Place, Place] = {
    TECHNIQUE: (WITHOUT, "Technique"),
    (HISTORY, "read"): (WITHOUT, "read"),
    (HISTORY, "rewrite"): (WITHOUT, "rewrite"),
    (HISTORY, "append"): (WITHOUT, "append"),
    (f"{ENGINE}.models.trust.operators", "check_operators"): (WITHOUT, "check_operators"),
}
"""What stands in a script in the place of what only the engine needs."""
AS_READ: frozenset[Place] = frozenset({(f"{ENGINE}.models.trust.tflite.schema", "TEXTS")})
"""What the engine reads from files beside its source: in a script it stands as it was read."""


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


@dataclass
class _Journey:
    """What has been found on the way from the roots.

    Attributes:
        called: Names of attributes that something uses: which methods of techniques are needed.
        order: Definitions, what is rested on first.
        imports: Statements.
        under: Definitions that are being looked at.
    """

    called: frozenset[str]
    order: dict[Place, None] = field(default_factory=dict)
    imports: dict[str, None] = field(default_factory=dict)
    under: set[Place] = field(default_factory=set)


def carry(roots: Iterable[str]) -> Carried:
    """Takes functions with all that they rest on.

    Args:
        roots: As `module:name`.
    """
    wanted: list[Place] = []
    for root in roots:
        module, _, name = root.partition(":")
        wanted.append((module, name))
    journey = _Journey(frozenset())
    while True:  # a method that comes along may call others
        for place in wanted:
            _visit(place, journey)
        called = frozenset(_attributes(journey.order, journey.called))
        if called == journey.called:
            break
        journey = _Journey(called)
    order = _defined_first(journey)
    imported = [line.split()[-1].partition(".")[0] for line in journey.imports]
    assert len(imported) == len(set(imported)), imported  # noqa: S101 (tests carry all)
    roots_first = dict.fromkeys([_home(place) for place in wanted]) | dict.fromkeys(order)
    others = _otherwise(order, journey.called) - {_home(place) for place in wanted}
    names = _called(roots_first, others, set(imported))
    pieces = [_written(place, names, journey.called) for place in order]
    return Carried(
        tuple(sorted(journey.imports, key=lambda line: (not line.startswith("import"), line))),
        "\n\n\n".join(pieces) + "\n",
        {f"{module}:{name}": names[_home((module, name))] for module, name in wanted},
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
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=True):
                    if isinstance(target, ast.Name):
                        read.definitions[target.id] = _alone(target, value)
        _note_import(node, read)
    return read


def _alone(target: ast.Name, value: ast.expr) -> ast.Assign:
    """One of several names that a statement gives values, by a statement of its own."""
    alone = ast.Assign(targets=[target], value=value)
    alone.lineno = alone.end_lineno = 0  # it stands nowhere
    return alone


def _note_import(node: ast.AST, into: _Module) -> None:
    if isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            own = alias.asname or alias.name
            if _is_ours(node.module):
                into.ours[own] = (node.module, alias.name)
            else:
                named = f" as {alias.asname}" if alias.asname else ""
                into.theirs[own] = f"from {node.module} import {alias.name}{named}"
    elif isinstance(node, ast.Import):
        for alias in node.names:
            named = f" as {alias.asname}" if alias.asname else ""
            own = alias.asname or alias.name.partition(".")[0]
            into.theirs[own] = f"import {alias.name}{named}"


@cache
def _home(place: Place) -> Place:
    """Where a name is defined that a module may have from another."""
    place = IN_PLACE_OF.get(place, place)
    module, name = place
    read = _module(module)
    return place if name in read.definitions else _home(read.ours[name])


@cache
def _is_module(place: Place) -> bool:
    """Whether what a module has from another is a module itself."""
    module, name = place
    package = importlib.util.find_spec(module)
    return bool(package and package.submodule_search_locations) and (
        importlib.util.find_spec(f"{module}.{name}") is not None
    )


@cache
def _seen(place: Place) -> _Module:
    """A module with what one of its definitions imports itself."""
    read = _module(place[0])
    own = _Module(read.name, read.lines, read.definitions, dict(read.ours), dict(read.theirs))
    for inner in ast.walk(read.definitions[place[1]]):
        if isinstance(inner, ast.ImportFrom) and _is_ours(inner.module or ""):
            _note_import(inner, own)
    return own


def _targets(place: Place, parts: Iterable[ast.AST]) -> Iterator[tuple[Use, Place]]:
    """What parts of a definition name of the engine."""
    own = _seen(place)
    for use in _uses(parts, place):
        first, _, rest = use.name.partition(".")
        if rest:
            module, name = own.ours[first]
            yield use, _home((f"{module}.{name}", rest))
        elif first in own.definitions:
            yield use, _home((own.name, first))
        elif first in own.ours:
            yield use, _home(own.ours[first])


def _visit(place: Place, journey: _Journey) -> None:
    place = _home(place)
    if place in journey.order or place in journey.under:
        return
    journey.under.add(place)
    own = _seen(place)
    parts = _parts(place, journey.called)
    for _, target in _targets(place, parts):
        _visit(target, journey)
    for use in _uses(parts, place):
        if use.name in own.theirs and use.name not in own.definitions | own.ours:
            journey.imports[own.theirs[use.name]] = None
    journey.order[place] = None


# ---- what of a definition comes along ----------------------------------------------------------


@cache
def _is_technique(place: Place) -> bool:
    """Whether a class is a technique, of which not all comes along."""
    node = _module(place[0]).definitions[place[1]]
    if not isinstance(node, ast.ClassDef) or place == _home(TECHNIQUE):
        return False
    own = _seen(place)
    for base in node.bases:
        if isinstance(base, ast.Name) and (base.id in own.definitions or base.id in own.ours):
            home = _home((own.name, base.id) if base.id in own.definitions else own.ours[base.id])
            if home == _home(TECHNIQUE) or _is_technique(home):
                return True
    return False


def _parts(place: Place, called: frozenset[str]) -> list[ast.AST]:
    """What of a definition comes along: all of it, or a technique's bases and what is called."""
    node = _module(place[0]).definitions[place[1]]
    if place in AS_READ:
        return []
    if not (isinstance(node, ast.ClassDef) and _is_technique(place)):
        return [node]
    return [*node.bases, *(part for part in node.body if _needed(part, called))]


def _needed(part: ast.stmt, called: frozenset[str]) -> bool:
    """Whether a script needs this part of a technique; parameters are values of the instance."""
    match part:
        case ast.FunctionDef(name=name):
            return name in called and not name.startswith("__")
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in called
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
            return name in called and value is not None and "ClassVar" in ast.dump(kind)
    return False


def _attributes(order: Iterable[Place], called: frozenset[str]) -> Iterator[str]:
    """Names of attributes that what comes along uses."""
    for place in order:
        for part in _parts(place, called):
            yield from _attributes_in(part)


@cache
def _attributes_in(part: ast.AST) -> frozenset[str]:
    return frozenset(n.attr for n in ast.walk(part) if isinstance(n, ast.Attribute))


# ---- names -------------------------------------------------------------------------------------


def _uses(parts: Iterable[ast.AST], place: Place) -> Iterator[Use]:
    """Names of the module that parts of a definition use when they are made or run."""
    for part in parts:
        yield from _uses_in(part, place)


@cache  # a page asks again at each drawing
def _uses_in(part: ast.AST, place: Place) -> list[Use]:
    own = _seen(place)

    def is_module(name: str) -> bool:
        return name in own.ours and _is_module(own.ours[name])

    return uses([part], is_module, _is_ours)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == ENGINE


def _otherwise(order: Iterable[Place], called: frozenset[str]) -> set[Place]:
    """Definitions that somebody writes otherwise than they are called: `room.now`, or an alias.

    Their own name may be one of a function there.
    """
    return {
        target
        for place in order
        for use, target in _targets(place, _parts(place, called))
        if use.name != target[1]
    }


def _called(order: Iterable[Place], otherwise: set[Place], taken: set[str]) -> dict[Place, str]:
    """What each definition is called in the file; where two have a name, one gets its module's.

    Args:
        order: All of them; the first get their own names.
        otherwise: Those that get it in any case.
        taken: Names of what is imported.
    """
    called: dict[Place, str] = {}
    for module, name in order:
        own, parts = name, module.split(".")
        for part in (parts[-1], "_".join(parts[-2:])):
            if own in taken or ((module, name) in otherwise and own == name):
                own = f"{name}_of_{part}"
        assert own not in taken, own  # noqa: S101 (a test of every recipe carries all)
        taken.add(own)
        called[module, name] = own
    return called


# ---- order -------------------------------------------------------------------------------------


def _defined_first(journey: _Journey) -> list[Place]:
    """The same with what a statement runs at once before it, also where names go in circles."""
    done: dict[Place, None] = {}

    def put(place: Place, under: frozenset[Place]) -> None:
        if place in done or place in under:
            return
        for _, target in _targets(place, _at_once(place, journey.called)):
            put(target, under | {place})
        done[place] = None

    for place in journey.order:
        put(place, frozenset())
    return list(done)


def _at_once(place: Place, called: frozenset[str]) -> list[ast.AST]:
    """What of a definition runs when it is read: not the bodies of functions."""
    found: list[ast.AST] = []
    for part in _parts(place, called):
        match part:
            case ast.FunctionDef():
                found += _around(part)
            case ast.ClassDef():
                found += [*part.bases, *part.decorator_list]
                for inner in part.body:
                    found += _around(inner) if isinstance(inner, ast.FunctionDef) else [inner]
            case _:
                found.append(part)
    return found


def _around(node: ast.FunctionDef) -> list[ast.AST]:
    defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    return [*node.decorator_list, *defaults]


# ---- text --------------------------------------------------------------------------------------


def _written(place: Place, names: dict[Place, str], called: frozenset[str]) -> str:
    """The source of a definition, without what only the engine needs."""
    read = _module(place[0])
    node = read.definitions[place[1]]
    parts = _parts(place, called)
    if place in AS_READ:
        read_from = getattr(importlib.import_module(place[0]), place[1])
        return f"{names[place]} = {pformat(read_from, width=WIDTH)}"
    if isinstance(node, ast.Assign) and not node.lineno:
        assert not list(_targets(place, [node.value]))  # noqa: S101 (none of ours names any)
        return f"{names[place]} = {ast.unparse(node.value)}"
    changes = _renamed(place, node, parts, names)
    lines: list[str] = []
    for stretch in _stretches(node, parts):
        if lines:
            lines.append("")
        for number in stretch:
            line = read.lines[number - 1].encode()
            for start, end, name in sorted(changes.get(number, ()), reverse=True):
                line = line[:start] + name.encode() + line[end:]
            lines.append(LINTERS.sub("", line.decode()))
    return "\n".join(lines)


def _stretches(node: Definition, parts: list[ast.AST]) -> list[list[int]]:
    """The numbers of the lines that come along; of a technique those of each part of it."""
    found = [range(_begins(node), _ends(node) + 1)]
    if parts != [node] and isinstance(node, ast.ClassDef):
        docstring = node.body[0]
        found = [range(node.lineno, _ends(docstring) + 1)]
        for part in parts:
            if isinstance(part, ast.stmt) and part is not docstring:
                found.append(range(_begins(part), _ends(part) + 1))
    gone: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ImportFrom) and _is_ours(inner.module or ""):
            gone |= set(range(inner.lineno, _ends(inner) + 1))
    return [[number for number in stretch if number not in gone] for stretch in found]


def _begins(node: ast.stmt) -> int:
    """The first line, of a decorator if there is one."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _ends(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _renamed(
    place: Place, node: Definition, parts: list[ast.AST], names: dict[Place, str]
) -> dict[int, set[tuple[int, int, str]]]:
    """By the number of a line which names in it change, from which byte to which."""
    changes: dict[int, set[tuple[int, int, str]]] = {}

    def change(line: int, column: int, old: str, new: str) -> None:
        if old != new:
            changes.setdefault(line, set()).add((column, column + len(old.encode()), new))

    for use, target in _targets(place, parts):
        change(use.node.lineno, use.node.col_offset, use.name, names[target])
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        word = "def " if isinstance(node, ast.FunctionDef) else "class "
        change(node.lineno, node.col_offset + len(word), node.name, names[place])
    return changes
