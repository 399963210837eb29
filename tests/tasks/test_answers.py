"""tests of tasks/: what a task answers or refuses comes to the server as it was."""

import importlib
import math
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import optimizer.tasks
from optimizer.data.data_options import (
    Column,
    DataFiles,
    DataOptions,
    DataQuestion,
    UndecidedDataError,
)
from optimizer.data.understand_labels import LabelsQuestion, UndecidedLabelsError
from optimizer.devices.estimates import Estimate, MicroArena, NpuEstimate
from optimizer.devices.measured import (
    DeviceResult,
    DeviceRun,
    DeviceState,
    FileThere,
    OutputThere,
)
from optimizer.errors import ConversionError, Decision, LiteweighError
from optimizer.measure.measurements import Memory, OperatorTime, Profile
from optimizer.measure.sensitivity import OperatorNoise, Sensitivity
from optimizer.models.open_options import ModelQuestion, OpenOptions, UndecidedModelError
from optimizer.models.summary import TensorSpec
from optimizer.recipes import parse
from optimizer.store.records import (
    FloatReport,
    Judged,
    ModelRecord,
    ScalingScore,
    Timed,
    TrainingRecord,
    Variant,
)
from optimizer.store.tried import Lost, Tried, Weighed
from optimizer.tasks.gather_bundle import BundledFile, BundledOutput
from optimizer.tasks.gather_kit import KitAnswer, KitFacts, KitMicro, KitTensor, KitVector
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.tasks.reinterpret_data import ReinterpretData
from optimizer.tasks.sample_question import Answer, Input, Reply, Sample
from optimizer.tasks.study_files import StudyData, StudyFiles, StudyModel
from optimizer.tasks.try_recipe import TryRecipe
from optimizer.techniques.converters.tensorflow_converter import OperatorsError
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.workers import answer
from optimizer.workers.work import Work
from tests.variants import SUMMARY, accuracy, dataset, latency, variant

NAN = float("nan")
PNG = bytes(range(256))
TRAINED = TrainingRecord(
    step="prune", folder="training/k", layers=("a",), epochs=2, best_epoch=1, fit_seconds=0.1,
    seconds=1 / 3,
)  # fmt: skip
VARIANT = variant("int8", training=(TRAINED,), runs_on={"gpu": True, "edge_tpu": None})
MODEL = ModelRecord(
    summary=SUMMARY, digest="d", file="model/source.keras", saved_model=None,
    options=OpenOptions(trusted=True, sizes={"image": (1, 2)}),
)  # fmt: skip
REPORT = FloatReport(
    scalings=(ScalingScore(scaling="unit", metric=accuracy(1 / 3)),), keras=None, chance=0.1
)
TIMED = Timed(
    latency=replace(latency(1.0), ratio=math.inf), other_latencies=(latency(0.1, 2.0),),
    memory=Memory(1, 2), profile=Profile((OperatorTime("ADD", 1, 0.1, 0.2, delegated=True),), 3),
    unprofiled=None, timed_on=VARIANT.environment,
)  # fmt: skip
REPLY = Reply(
    Sample(PNG, (Input("image", (2, 2), (0.1, -0.0)),), (3.0,), ("Resized “a”.",)),
    (Answer("float32", (1 / 3, math.inf), 2), Answer("int8", (), 0, "It cannot be run.")),
)
OPERATOR = FloatOperator(3, "CONV_2D", "a/b", 1000, 40, (Scheme.INT8, Scheme.FLOAT), (3,))
NOISE = OperatorNoise(
    3, "CONV_2D", "a/b", 1000, 40, measured=True, alone_db=1 / 3, alone_bytes=7, left_metric=0.5,
    causes=("One channel is loud.",), choices=("int8", "float"), together=(3,),
)  # fmt: skip
STATE = DeviceState("ondemand", 1500.0, None, 1 / 3, 0, None, 0, 0.1)
DEVICE_RUN = DeviceRun(
    id="a", device="", began=datetime.now(timezone.utc), seconds=1 / 3, threads=1,
    environment=VARIANT.environment, before=STATE, after=STATE, throttled=("It was hot.",),
    files=(
        FileThere("int8", "0" * 64, latency(0.5), Memory(2, 1), None,
                  (OutputThere(16, None, 1.0, 1 / 255, 15),), "Output 0 differs."),
        FileThere("int16x8", "1" * 64, None, None, "It cannot run there.", (), ""),
    ),
)  # fmt: skip
RESULTS: dict[str, Any] = {
    "OpenModel": MODEL,
    "ReadData": Judged(dataset=dataset(), report=REPORT, baseline=VARIANT),
    "ReinterpretData": Judged(dataset=dataset(), report=REPORT, baseline=VARIANT),
    "MakeVariant": VARIANT.model_copy(update={"made": datetime.now(timezone.utc)}),
    "TimeVariants": (TIMED, TIMED),
    "RunSample": REPLY,
    "WeightHistograms": None,
    "DescribeFile": None,
    "EstimateDevices": (
        Estimate(
            "int8",
            "0" * 64,
            (),
            MicroArena("1", 9, 5, None),
            "5.2.0",
            (NpuEstimate("ethos-u55-32", 500.0, 9, 1 / 3, 1, 2, 3, ("SOFTMAX",), None),),
        ),
        Estimate("float32", "1" * 64, ("FLEX",), None, "", ()),
    ),
    "GatherBundle": (BundledFile("in.npz", "out.npz", 16, 1, (BundledOutput(1 / 255, -128),)),),
    "ReadDeviceResult": DeviceResult("Raspberry Pi 5", "", DEVICE_RUN),
    "GatherKit": KitFacts(
        inputs=(KitTensor("image", 0, 3, (1, 8, 8, 3), "int8", 1 / 255, -128),),
        outputs=(KitTensor("scores", 0, 9, (1, 3), "float32", 0.0, 0),),
        operators=("CONV_2D", "SOFTMAX"),
        thresholds=(None, 0.25),
        class_axes=(None, 3),
        whole_numbers=True,
        vectors=(KitVector(17, (KitAnswer(0, (2,), 1 / 3), KitAnswer(1, (), None))),),
        micro=KitMicro("1.0", 4096, None, None),
    ),
    "ListOperators": (OPERATOR, replace(OPERATOR, number=4, choices=(), together=(3, 4))),
    "MeasureSensitivity": Sensitivity(
        "k", 32, "tuning", 200, None, 1234, "accuracy", 1 / 3, 0.1, 4.9, (NOISE,)
    ),
    "TryRecipe": Tried(
        recipe="int8",
        key="k",
        weighed=Weighed(3, 2, 1, ("INT8",), {"gpu": None}),
        tuning=accuracy(1 / 3),
        lost=Lost(-0.1, None, 1 / 3, 100),
        seconds=0.1,
    ),
}


def _tasks() -> Iterator[type[Work[Any]]]:
    for module in pkgutil.iter_modules(optimizer.tasks.__path__):
        found = importlib.import_module(f"optimizer.tasks.{module.name}")
        for thing in vars(found).values():
            ours = getattr(thing, "__module__", "") == found.__name__
            if ours and isinstance(thing, type) and issubclass(thing, Work):
                yield thing


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.__name__) for kind in _tasks()])
def test_a_result_comes_back_as_it_was(kind: type[Work[Any]]) -> None:
    result = RESULTS[kind.__name__]
    again = answer.read(kind, answer.of_result(_of(kind), result))
    assert again == result
    assert type(again) is type(result)


def test_numbers_that_are_none_stay_none() -> None:
    reply = replace(REPLY, answers=(Answer("float32", (NAN,), 1),))
    from optimizer.tasks.run_sample import RunSample

    again = answer.read(RunSample, answer.of_result(_of(RunSample), reply))
    assert math.isnan(again.answers[0].values[0])


ERRORS = [
    UndecidedModelError(
        "Which?",
        ModelQuestion(code=("f",), open_inputs=(TensorSpec("x", (None, None, 3), "float32"),)),
    ),
    UndecidedDataError("Which?", DataQuestion((Column("a", "number", 3, 0, "1"),), "a")),
    UndecidedLabelsError(
        "What for?",
        LabelsQuestion((Decision("a value", {"output": "a", "x": True}, ("it ends so",)),)),
    ),
    OperatorsError("It needs more.", ("RFFT", "Erf")),
    ConversionError("It is “made” of \\ cheese\n."),
]


@pytest.mark.parametrize("error", ERRORS, ids=[type(error).__name__ for error in ERRORS])
def test_a_refusal_comes_back_as_it_was(error: LiteweighError) -> None:
    with pytest.raises(LiteweighError) as caught:
        answer.read(OpenModel, answer.of_error(error))
    assert type(caught.value) is type(error)
    assert caught.value.args == error.args
    assert vars(caught.value) == vars(error)


def test_every_kind_of_error_comes_back_as_it_was() -> None:
    for kind in LiteweighError.__subclasses__():
        with pytest.raises(kind, match="a sentence") as caught:
            answer.read(OpenModel, answer.of_error(kind("a sentence")))
        assert type(caught.value) is kind


def test_a_kind_that_only_the_worker_knows_is_its_nearest_known_one() -> None:
    sent = answer.of_error(ConversionError("It is made of cheese."))
    unknown = sent.replace(b'["ConversionError"', b'["CheeseError", "ConversionError"')
    with pytest.raises(ConversionError, match="made of cheese"):
        answer.read(OpenModel, unknown)


def _of(kind: type[Work[Any]]) -> Work[Any]:
    """A task of a kind, for its type alone."""
    made = object.__new__(kind)
    assert "return" in get_type_hints(type(made).run)
    object.__setattr__(made, "out", Path("/out"))
    return made


@pytest.mark.parametrize("trusted", [True, False])
def test_a_task_that_opens_a_trusted_file_says_so(trusted: bool) -> None:
    """Its process is not used again."""
    options = OpenOptions(trusted=trusted)
    model = StudyModel(MODEL.model_copy(update={"options": options}), Path("/m"), None, Path("/t"))
    out, data = Path("/out"), StudyData(dataset(), Path("/d"))
    works: list[Work[Any]] = [
        OpenModel(out, Path("/m"), "m", options),
        ReadData(out, DataFiles(), "d", DataOptions(), model),
        ReinterpretData(out, data, DataOptions(), model),
        MakeVariant(out, StudyFiles(model, data), parse("int8")),
        TryRecipe(out, StudyFiles(model, data), parse("int8"), Path("/b")),
    ]
    assert [work.trusted for work in works] == [trusted] * len(works)
    opens = {kind.__name__ for kind in _tasks() if "trusted" in vars(kind)}
    assert opens == {type(work).__name__ for work in works}


def test_a_worker_names_no_file_outside_of_its_study() -> None:
    """The server would move files there, and hand out what lies there."""
    for place in ("study.json", "../other/variants/a", "variants/../../a", "/etc/passwd",
                  "variants/", "variants/a/b", "variants/..", "variants\\a", "",
                  "variants/a\0"):  # fmt: skip
        for field in ("file", "predictions", "audit", "inside", "profile"):
            with pytest.raises(ValueError, match="is no file in “variants”"):
                Variant.model_validate({**VARIANT.model_dump(), field: place})
        with pytest.raises(ValueError, match="is no file in “model”"):
            ModelRecord.model_validate({**MODEL.model_dump(), "file": place})
        with pytest.raises(ValueError, match="is no file in “training”"):
            TrainingRecord.model_validate({**TRAINED.model_dump(), "folder": place})
