"""export/script/: which names of its module a piece of Python uses; its own names are others."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """A name that a definition uses, or an attribute of a module that it imports.

    Attributes:
        name: As it is written: `choose`, or `scores.by_norm`.
        node: Where.
    """

    name: str
    node: ast.Name | ast.Attribute


def uses(
    parts: Iterable[ast.AST], is_module: Callable[[str], bool], is_ours: Callable[[str], bool]
) -> list[Use]:
    """Names of the module that parts use when they are made or run; no annotations.

    Args:
        parts: Of a definition.
        is_module: Whether a name is a module of the engine.
        is_ours: Whether a module that is imported in a function is the engine's: what it has is no
            name of the function's own.
    """
    look = _Uses(is_module, is_ours)
    for part in parts:
        look.visit(part)
    return look.found


class _Uses(ast.NodeVisitor):
    def __init__(self, is_module: Callable[[str], bool], is_ours: Callable[[str], bool]) -> None:
        self.found: list[Use] = []
        self._is_module, self._is_ours = is_module, is_ours
        self._local: frozenset[str] = frozenset()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for one in node.decorator_list:
            self.visit(one)
        self._function(node.args, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node.args, [node.body])

    def _function(self, arguments: ast.arguments, body: Iterable[ast.AST]) -> None:
        for one in [*arguments.defaults, *filter(None, arguments.kw_defaults)]:
            self.visit(one)
        own = _Bound(self._is_ours)
        own.visit(arguments)
        body = list(body)
        for part in body:
            own.visit(part)
        self._inside(own.names - own.shared, body)

    def _comprehension(self, node: ast.AST) -> None:
        names = {
            inner.id
            for generator in node.generators  # type: ignore[attr-defined]  # of comprehensions
            for inner in ast.walk(generator.target)
            if isinstance(inner, ast.Name)
        }
        self._inside(names, list(ast.iter_child_nodes(node)))

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension  # noqa: N815 (ast's names)
    visit_GeneratorExp = _comprehension  # noqa: N815

    def _inside(self, names: set[str], parts: list[ast.AST]) -> None:
        outer, self._local = self._local, self._local | names
        for part in parts:
            self.visit(part)
        self._local = outer

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value:
            self.visit(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        first = node.value
        if isinstance(first, ast.Name) and self._is_module(first.id):
            if first.id not in self._local:
                self.found.append(Use(f"{first.id}.{node.attr}", node))
        else:
            self.visit(first)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id not in self._local:
            self.found.append(Use(node.id, node))


class _Bound(ast.NodeVisitor):
    """Names that are a function's own."""

    def __init__(self, is_ours: Callable[[str], bool]) -> None:
        self.names: set[str] = set()
        self.shared: set[str] = set()
        self._is_ours = is_ours

    def visit_arg(self, node: ast.arg) -> None:
        self.names.add(node.arg)

    def visit_Global(self, node: ast.Global) -> None:
        self.shared.update(node.names)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if not self._is_ours(node.module or ""):
            self.names.update(alias.asname or alias.name for alias in node.names)

    def visit_Import(self, node: ast.Import) -> None:
        self.names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._captured(node)

    def _captured(self, node: ast.AST) -> None:
        if name := getattr(node, "name", None):
            self.names.add(name)
        self.generic_visit(node)

    visit_MatchAs = visit_MatchStar = _captured  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.names.add(node.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.add(node.name)

    def _apart(self, node: ast.AST) -> None:
        """What binds names of its own."""

    visit_Lambda = visit_ListComp = visit_SetComp = _apart  # noqa: N815
    visit_DictComp = visit_GeneratorExp = _apart  # noqa: N815
