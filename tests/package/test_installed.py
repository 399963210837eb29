"""tests of the package: what a user has after installing it."""

import json

from optimizer.techniques.registry import TECHNIQUES
from tests.package.conftest import Installed


def test_the_command_lists_the_techniques(installed: Installed) -> None:
    told = installed.run("liteweigh", "techniques")
    assert told.returncode == 0, told.stderr
    assert [name for name in TECHNIQUES if f"{name}: " not in told.stdout] == []


def test_the_command_runs_a_recipe_on_the_sample(installed: Installed) -> None:
    ran = installed.run("liteweigh", "run", "--recipe", "float16", "--out", "study")
    assert ran.returncode == 0, ran.stderr
    results = json.loads((installed.elsewhere / "study/results.json").read_text())
    baseline, float16 = results["variants"]
    assert float16["size_bytes"] < 0.6 * baseline["size_bytes"]
    assert float16["metric"]["value"] > 0.9
    assert float16["latency"]["median_ms"] > 0


def test_the_package_is_also_a_module_that_runs(installed: Installed) -> None:
    told = installed.run("python", "-m", "liteweigh", "run", "gone.keras")
    assert told.returncode == 2
    assert "There is no file" in told.stderr


def test_no_other_name_can_be_imported(installed: Installed) -> None:
    asked = "import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    names = ["optimizer", "dashboard", "pages", "app", "examples", "tests", "benchmarks"]
    told = installed.run("python", "-c", asked.format(names=names))
    assert told.stdout.strip() == "[]", told.stderr
