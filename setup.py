"""setup.py: builds one package, `liteweigh`, of the folders of a checkout.

A checkout has the engine as `optimizer`, beside `dashboard` and `pages`: names under which others
publish packages. Nothing of that kind may reach a user's environment, so in a wheel all lies in
`liteweigh`, and what the modules import of each other is renamed in the copies:

    optimizer/               →  liteweigh/
    dashboard/, pages/       →  liteweigh/dashboard/, liteweigh/pages/
    app.py, .streamlit/      →  liteweigh/server/, where nothing else lies: Streamlit puts the
                                folder of its script on the path from which modules are imported

Every other file of these folders, tables and pictures and the sample, goes with them.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

PACKAGE = "liteweigh"
NAMES = {
    "optimizer": PACKAGE,
    "dashboard": f"{PACKAGE}.dashboard",
    "pages": f"{PACKAGE}.pages",
}
SERVER = {"app.py": "app.py", ".streamlit/config.toml": ".streamlit/config.toml"}
STAYS_HOME = ("benchmarks", "examples", "tests", "tools")
MODULES = {".py", ".pyc"}
OURS = "|".join(NAMES)
MODULE = re.compile(rf"({OURS})(\.\w+)+(?=:\w+$|$)")  # as a string names it, or a function in it
FOUND_OTHERWISE = re.compile(rf"({OURS})/\S*")  # a file: in a wheel it lies elsewhere
HALF_A_NAME = re.compile(rf"({OURS})[./]")  # at the beginning of a piece of an f-string

Renaming = tuple[int, int, str, str]
"""Line and column of a place in a module, the name that stands there, and the one to put."""


class BuildPackage(build_py):
    """Copies the modules and renames what they import."""

    def run(self) -> None:
        """Builds into an empty folder, for what an earlier build left would be packed too."""
        if self.editable_mode:
            raise SetupError(
                "Liteweigh cannot be installed as editable: its packages have other names in a "
                "checkout. Use the checkout itself: make run, or python -m optimizer."
            )
        built = Path(self.build_lib)
        shutil.rmtree(built, ignore_errors=True)
        super().run()
        for source, target in SERVER.items():
            to = built / PACKAGE / "server" / target
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to)
        for module in built.rglob("*.py"):
            module.write_text(renamed(module.read_text(encoding="utf-8"), str(module)), "utf-8")


def renamed(source: str, path: str) -> str:
    """A module's source with our packages called as they are in a wheel.

    Raises:
        SetupError: it imports what is not in the wheel, or names something in a way that cannot be
            renamed.
    """
    tree = ast.parse(source, path)
    lines = source.encode().splitlines(keepends=True)  # the places of a tree count bytes
    found = [*_imports(tree, path), *_named_by_strings(tree, path)]
    for line, column, name, new in sorted(found, reverse=True):  # so that the places stay right
        before, rest = lines[line - 1][:column], lines[line - 1][column:]
        if name.encode() not in rest:
            raise SetupError(f"{path}, line {line}: write “{name}” in one piece.")
        lines[line - 1] = before + rest.replace(name.encode(), new.encode(), 1)
    return b"".join(lines).decode()


def _imports(tree: ast.Module, path: str) -> Iterator[Renaming]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            new = _new_name(node.module, path)
            if new:
                yield node.lineno, node.col_offset, node.module, new
        elif isinstance(node, ast.Import):
            for alias in node.names:
                new = _new_name(alias.name, path)
                if new and "." in alias.name and not alias.asname:
                    raise SetupError(f"{path}: write “from … import …” for {alias.name}.")
                if new:
                    bound = new if alias.asname else f"{new} as {alias.name}"
                    yield alias.lineno, alias.col_offset, alias.name, bound


def _named_by_strings(tree: ast.Module, path: str) -> Iterator[Renaming]:
    pieces = {
        piece for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text, module = node.value, MODULE.match(node.value)
        if FOUND_OTHERWISE.fullmatch(text) or (node in pieces and HALF_A_NAME.match(text)):
            raise SetupError(f"{path}: derive “{text}” from __file__ or __package__.")
        if module and _exists(module[0]):
            yield node.lineno, node.col_offset, module[0], _new_name(module[0], path) or ""


def _new_name(module: str, path: str) -> str | None:
    """What a module of ours is called in a wheel; None for others' modules."""
    first, dot, rest = module.partition(".")
    if first in STAYS_HOME:
        raise SetupError(f"{path} imports {module}, which is not in the package.")
    return NAMES[first] + dot + rest if first in NAMES else None


def _exists(module: str) -> bool:
    path = Path(*module.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _packages() -> dict[str, Path]:
    """The packages of the wheel, with the folders where they lie here."""
    found = {}
    for first, name in NAMES.items():
        for file in sorted(Path(first).rglob("__init__.py")):
            inside = file.parent.relative_to(first).parts
            found[".".join((name, *inside))] = file.parent
    return found


def _data(folder: Path) -> Iterator[Path]:
    """Every file of a package that is no module, and of the folders in it that are no packages."""
    for entry in folder.iterdir():
        if entry.is_file() and entry.suffix not in MODULES:
            yield entry
        elif entry.is_dir() and not (entry / "__init__.py").exists():
            yield from _data(entry)


if __name__ == "__main__":
    packages = _packages()
    setup(
        packages=list(packages),
        package_dir={name: str(folder) for name, folder in packages.items()},
        package_data={
            name: [str(file.relative_to(folder)) for file in _data(folder)]
            for name, folder in packages.items()
        },
        cmdclass={"build_py": BuildPackage},
    )
