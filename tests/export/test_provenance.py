"""tests of export/: where a variant's numbers come from."""

import json
from datetime import datetime, timezone
from pathlib import Path

from optimizer.export.provenance import provenance
from optimizer.export.results import results, write_results
from optimizer.measure.measurements import Environment
from tests.variants import SAMPLES, latency, study, variant

OTHER = Environment("Another CPU", 8, "Linux", "3.12.1", {"keras": "3.15.1"})
RECIPE = "prune(final_sparsity=0.8,seed=7)+int8"


def test_a_recipe_is_told_with_the_parameters_at_their_default(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"), variant(RECIPE))
    found = provenance(kept.index, kept.index.variants[1])
    assert found.parameters["prune"]["final_sparsity"] == 0.8
    assert found.parameters["prune"]["epochs"] == 10
    assert found.parameters["int8"]["quantizer"] == "auto"
    assert found.seeds["prune"] == 7
    assert found.seeds["roles"] == 0
    assert found.samples == {
        "training": 4, "calibration": 1, "tuning": 3, "evaluation": SAMPLES
    }  # fmt: skip
    assert set(found.sha256) == {"file", "model", "data"}


def test_the_machine_that_timed_it_may_be_another(tmp_path: Path) -> None:
    then = datetime(2026, 3, 4, tzinfo=timezone.utc)
    kept = study(
        tmp_path / "s",
        variant("float32", timed_on=OTHER, timed=then, other_latencies=(latency(0.5),)),
    )
    found = provenance(kept.index, kept.index.variants[0])
    assert found.made_on.cpu == "A CPU"
    assert found.timed_on == OTHER
    assert found.timed == "2026-03-04T00:00:00+00:00"
    assert found.threads == (1, 1)


def test_what_was_never_timed_has_no_machine_and_no_time(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32", latency=None))
    found = provenance(kept.index, kept.index.variants[0])
    assert (found.timed, found.timed_on, found.threads) == (None, None, ())


def test_results_have_all_of_it(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32", timed_on=OTHER))
    told = json.loads(write_results(kept).read_text())["variants"][0]["provenance"]
    assert told == json.loads(json.dumps(results(kept)["variants"][0]["provenance"]))
    assert told["timed_on"]["cpu"] == "Another CPU"
    assert told["made_on"]["versions"] == {"keras": "3.15.1"}
    assert told["seeds"]["bootstrap"] > 0
