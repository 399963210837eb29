"""tests of export/script/: a script as a module, without running it."""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def loaded(script: Path) -> Any:
    """What a script defines; nothing of it is made."""
    spec = importlib.util.spec_from_file_location("made_script", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module
