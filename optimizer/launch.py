"""optimizer/: how a process of our own begins: with our modules and the installed ones, no others.

    python launch.py MODULE ARGUMENT…

runs a module as `python -m` would, but for the current folder: a stranger's `inspect.py` that lies
there is not imported. (`python -P` does that too, from Python 3.11 on.)
"""

import os  # Python has imported it already
import sys


def command(module: str, *arguments: str) -> list[str]:
    """What starts a Python that runs `module`.

    >>> command("optimizer.workers.program")[2:]
    ['optimizer.workers.program']
    """
    return [sys.executable, __file__, module, *arguments]


def _find_modules() -> None:
    """Looks for modules where Python is, then where we are, then where packages are installed."""
    here = __file__.rpartition("/")[0]
    root = here.rpartition("/")[0]
    # An empty entry of PYTHONPATH stands for the current folder too.
    others = {"", os.getcwd(), here, root}  # noqa: PTH109 (pathlib is not imported yet)
    places = [place for place in sys.path if place not in others]
    installed = (
        number
        for number, place in enumerate(places)
        if place.rstrip("/").endswith(("site-packages", "dist-packages"))
    )
    places.insert(next(installed, len(places)), root)
    sys.path[:] = places


def _load_ourselves() -> None:
    """Loads this package from its place: what a worker starts may not list the folder it is in.

    It may not where that folder holds the studies too, and then would not find the package.
    """
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415 (as above)

    here = __file__.rpartition("/")[0]
    name = here.rpartition("/")[2]
    spec = spec_from_file_location(name, f"{here}/__init__.py", submodule_search_locations=[here])
    assert spec and spec.loader  # noqa: S101, PT018 (for the type checker)
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


if __name__ == "__main__":
    _find_modules()  # before anything else is imported
    _load_ourselves()

    import runpy

    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
