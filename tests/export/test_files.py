"""tests of export/: the names and the zip that a user takes away."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

from optimizer.export.files import download_name, write_bundle
from tests.variants import SUMMARY, study, variant


def test_a_download_says_which_model_and_recipe_it_is(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"))
    assert download_name(kept.index, variant("float32")) == "tiny-float32.tflite"
    made = variant("int8(io=uint8,calibration_samples=100)")
    name = download_name(kept.index, made)
    assert name == "tiny-int8-io-uint8-calibration-samples-100.tflite"


def test_a_name_that_no_file_system_takes_becomes_one_that_all_take(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"))
    for given, taken in [("../etc/my model:1", "etc-my-model-1"), ("模型", "model")]:
        model = kept.index.model.model_copy(update={"summary": replace(SUMMARY, name=given)})
        index = kept.index.model_copy(update={"model": model})
        assert download_name(index, variant("int8")) == f"{taken}-int8.tflite"


def test_the_zip_holds_every_file_where_results_json_says(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"), variant("int8"))
    with zipfile.ZipFile(write_bundle(kept, tmp_path / "all.zip")) as archive:
        assert archive.testzip() is None
        content = json.loads(archive.read("results.json"))
        files = {made["file"] for made in content["variants"]}
        assert set(archive.namelist()) == {"results.json", *files}
        for made in content["variants"]:
            assert archive.read(made["file"]) == f"content of {made['recipe']}".encode()
    assert [path.name for path in tmp_path.glob(".*")] == [], "nothing half-written is left"
