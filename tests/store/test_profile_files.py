"""tests of store/: what was measured beside latency is kept, and older studies lack it."""

import json
from pathlib import Path

from optimizer.errors import StudyError
from optimizer.measure.measurements import OperatorTime, Profile
from optimizer.store.profile_files import read_profile, write_profile
from optimizer.store.study import INDEX, Study, read_index
from tests.refused import refused
from tests.variants import study, variant

PROFILE = Profile(
    (
        OperatorTime("Convolution (NHWC, F32) IGEMM", None, 0.3, 0.75, True),
        OperatorTime("SOFTMAX", 6, 0.1, 0.25, False),
    ),
    runs=10,
)
NEW = ("other_latencies", "memory", "profile", "unprofiled", "timed_on", "timed")


def profiled(folder: Path) -> Study:
    kept = study(folder, variant("float32"))
    path = write_profile(kept, kept.index.variants[0], PROFILE)
    kept.put_variant(kept.index.variants[0].model_copy(update={"profile": path}))
    return kept


def test_a_profile_reads_back_as_it_was_written(tmp_path: Path) -> None:
    kept = profiled(tmp_path / "s")
    made = kept.index.variants[0]
    assert read_profile(kept, made) == PROFILE
    assert (kept.folder / made.file).with_suffix(".profile.json").is_file()
    assert made.profile in made.files


def test_a_variant_that_was_not_profiled_has_none(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"))
    assert read_profile(kept, kept.index.variants[0]) is None


def test_a_damaged_profile_says_what_to_do(tmp_path: Path) -> None:
    kept = profiled(tmp_path / "s")
    [made] = kept.index.variants
    for damage in ("", "{", '{"operators": 3, "runs": 1}'):
        (kept.folder / str(made.profile)).write_text(damage)
        with refused(StudyError, "float32", "damaged", "Measure its latency again"):
            read_profile(kept, made)


def test_a_study_from_before_all_this_can_be_read(tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"), variant("int8"))
    content = json.loads((kept.folder / INDEX).read_text())
    for made in content["variants"]:
        for name in NEW:
            del made[name]
        del made["latency"]["xnnpack"]
    (kept.folder / INDEX).write_text(json.dumps(content))
    assert read_index(kept.folder) == kept.index
