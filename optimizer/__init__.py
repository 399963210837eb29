"""optimizer/: the engine. It opens, optimizes, measures and compares models without a page.

This is its public face. Installed it is called `liteweigh`:

>>> import liteweigh
>>> study = liteweigh.open("model.keras", "data.npz")
>>> study.run("float16", "int8")
>>> study["int8"].size_bytes < study["float16"].size_bytes < study["float32"].size_bytes
True
>>> study.choose().variant.recipe in ("float32", "float16", "int8")
True
>>> study.save("study").name
'results.json'

What is public is loaded when it is first used: TensorFlow never is, for it runs in workers.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.choose.comparison import Comparison
    from optimizer.data.data_options import DataFiles, DataOptions
    from optimizer.errors import LiteweighError, UndecidedError
    from optimizer.face import OpenStudy
    from optimizer.face import open_study as open  # noqa: A004 (as in `PIL.Image.open`)
    from optimizer.models.open_options import OpenOptions
    from optimizer.store.records import Variant

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "DataFiles",
    "DataOptions",
    "LiteweighError",
    "OpenOptions",
    "OpenStudy",
    "UndecidedError",
    "Variant",
    "__version__",
    "open",
]

PLACES = {
    "Comparison": "choose.comparison:Comparison",
    "DataFiles": "data.data_options:DataFiles",
    "DataOptions": "data.data_options:DataOptions",
    "LiteweighError": "errors:LiteweighError",
    "OpenOptions": "models.open_options:OpenOptions",
    "OpenStudy": "face:OpenStudy",
    "UndecidedError": "errors:UndecidedError",
    "Variant": "store.records:Variant",
    "open": "face:open_study",
}
"""Where each public name is, below this package."""


def __getattr__(name: str) -> object:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, thing = PLACES[name].partition(":")
    found: object = getattr(importlib.import_module(f"{__name__}.{module}"), thing)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
