"""tests in a real browser: all that leaves Compare comes by its button, and is opened by others."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard
from playwright.sync_api import Locator, Page, expect

from optimizer.export.kits import KITS
from tests.browser import walking
from tests.browser.conftest import Walk
from tests.export.report.reading import cells, read

pytestmark = pytest.mark.slow


@pytest.fixture
def chosen(sample_page: Callable[[str], Page]) -> Page:
    """The Compare page of the sample at int8."""
    page = sample_page("compare")
    walking.click_row(page, "int8")
    expect(walking.button(page, "Download fashion_mnist-int8.tflite")).to_be_visible()
    return page


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """What a button downloads, under its name."""
    walking.settle(page)
    with page.expect_download() as download:
        button.click()
    file: Path = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def pick(page: Page, label: str, option: str) -> None:
    """Chooses in a box that opens."""
    walking.take(page, page.get_by_role("combobox", name=label), option)
    walking.settle(page)


def test_card_metadata_script_and_notebook_come_by_their_buttons(
    chosen: Page, sample: Walk, tmp_path: Path
) -> None:
    walking.button(chosen, "To hand on").click()
    pick(chosen, "Licence of the model", "mit")
    card: Any = ModelCard.load(
        saved(chosen, walking.button(chosen, "Download the model card"), tmp_path)
    )
    assert card.data.license == "mit"
    assert {one.metric_type for one in card.data.eval_results} >= {"accuracy"}

    described = saved(chosen, walking.button(chosen, "Download the file with metadata"), tmp_path)
    assert answers(described.read_bytes()) == answers(sample.content)
    with zipfile.ZipFile(described) as archive:
        assert "Ankle boot" in archive.read("labels.txt").decode()

    chosen.get_by_text("Script", exact=True).click()
    script = saved(chosen, chosen.get_by_role("button", name=".py"), tmp_path)
    compile(script.read_text("utf-8"), script.name, "exec")
    chosen.get_by_text("Notebook", exact=True).click()
    notebook = saved(chosen, chosen.get_by_role("button", name=".ipynb"), tmp_path)
    cells_of = json.loads(notebook.read_text("utf-8"))["cells"]
    code = "".join(cells_of[2]["source"])
    assert code.split("PLAN =")[1] in script.read_text("utf-8")


def test_every_kit_comes_by_its_button_and_pythons_runs(chosen: Page, tmp_path: Path) -> None:
    for target, kit in KITS.items():
        walking.button(chosen, "Code that runs it").click()
        pick(chosen, "Where it is to run", kit.title)
        refused = chosen.get_by_test_id("stAlert")
        if refused.count():
            assert target == "browser", refused.first.text_content()  # it takes no int8
        else:
            file = saved(chosen, chosen.get_by_role("button", name=re.compile(r"\.zip$")), tmp_path)
            with zipfile.ZipFile(file) as archive:
                assert archive.testzip() is None
                archive.extractall(tmp_path / target)
        chosen.keyboard.press("Escape")
    [python] = (tmp_path / "python").iterdir()
    done = subprocess.run(
        [sys.executable, "test_vectors.py"], cwd=python, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_report_comes_by_its_button_and_prints(
    chosen: Page, sample_page: Callable[[str], Page], tmp_path: Path
) -> None:
    file = saved(chosen, walking.button(chosen, "Download the report"), tmp_path)
    assert file.stat().st_size < 6 * 10**6
    rows = [row["Recipe"] for row in walking.rows(chosen)]
    assert len(cells(read(file.read_text("utf-8")), "files")) == len(rows)


def answers(content: bytes) -> bytes:
    """What a file says of one input."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    [taken], [given] = interpreter.get_input_details(), interpreter.get_output_details()
    values = np.random.default_rng(0).uniform(0, 1, taken["shape"]).astype(taken["dtype"])
    interpreter.set_tensor(taken["index"], values)
    interpreter.invoke()
    found: bytes = interpreter.get_tensor(given["index"]).tobytes()
    return found
