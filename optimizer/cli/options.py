"""cli/: the options of the verbs, and how their text is read.

An option is declared once, as the type of a verb's parameter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from optimizer.data.anomaly_labels import RECONSTRUCTIONS, check_false_alarms
from optimizer.data.boxes.head import Layout
from optimizer.data.class_names import parse_names
from optimizer.data.data_options import Role
from optimizer.data.given_scaling import GivenScaling, parse_scaling, read_scaler
from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO, SCALINGS
from optimizer.data.sources.data_format import accepted
from optimizer.errors import DataError
from optimizer.measure.metrics.headline import first_metrics
from optimizer.models.open_options import OpenOptions


@dataclass(frozen=True)
class InputSize:
    """The size of one sample of an input, as `photo=224x224x3` says it."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class RoleFile:
    """A file of its own for one role, as `evaluation=test.npz` says it."""

    role: Role
    path: Path


@dataclass(frozen=True)
class NamesOfClasses:
    """What the classes are called, as `cat,dog` or a file says it."""

    names: tuple[str, ...]


def _input_size(text: str) -> InputSize:
    name, _, sizes = text.rpartition("=")
    try:
        return InputSize(name, tuple(int(size) for size in sizes.split("x")))
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” is not like photo=224x224x3.") from error


def _role_file(text: str) -> RoleFile:
    name, _, path = text.partition("=")
    for role in get_args(Role):
        if name == role and path:
            return RoleFile(role, Path(path))
    raise typer.BadParameter(f"“{text}” is not ROLE=FILE, with a role of {_listed(ROLES)}.")


def _task(text: str) -> Task:
    return Task(_one_of(TASKS, text))


def _scaling(text: str) -> str:
    return _one_of((AUTO, *SCALINGS), text)


def _metric(text: str) -> str:
    return _one_of(FIRST_METRICS, text)


def _share(text: str) -> float:
    number, per_cent = text.strip().removesuffix("%").strip(), "%" in text
    try:
        return check_false_alarms(float(number) / (100 if per_cent else 1))
    except (ValueError, DataError) as error:
        raise typer.BadParameter(f"“{text}” is not a share such as 5% or 0.05.") from error


def _reconstruction(text: str) -> str:
    return _one_of(RECONSTRUCTIONS, text)


def _class_names(text: str) -> NamesOfClasses:
    file = Path(text)
    try:
        return NamesOfClasses(parse_names(file.read_text("utf-8") if file.is_file() else text))
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{text} is no text file that can be read.") from error


def _one_of(allowed: Sequence[str], text: str) -> str:
    if text not in allowed:
        raise typer.BadParameter(f"“{text}” is not one of {_listed(allowed)}.")
    return text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def in_panel(panel: str) -> Callable[..., Any]:
    """Makes options that the help shows together."""

    def option(*flags: str, help: str, **settings: Any) -> Any:  # noqa: A002 (typer's word)
        return typer.Option(
            *flags, help=help, rich_help_panel=panel, show_default=False, **settings
        )

    return option


ROLES: tuple[str, ...] = get_args(Role)
FIRST_METRICS = sorted({name for task in Task for name in first_metrics(task)})
TASKS = tuple(task.value for task in Task)
of_model = in_panel("The model, where its file leaves something open")
of_data = in_panel("The data; without any, random inputs serve for latency")
of_output = in_panel("What is printed")

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="The model's file or folder.")]
ModelOrSample = Annotated[
    Path | None, typer.Argument(metavar="MODEL", help="Without one, the embedded sample.")
]
Sizes = Annotated[
    list[InputSize] | None,
    of_model("--size", parser=_input_size, metavar="NAME=224x224x3",
             help="The size of one sample of an input; may be given several times."),
]  # fmt: skip
Inputs = Annotated[str, of_model("--inputs", help="Tensors of a frozen graph, parted by commas.")]
Outputs = Annotated[str, of_model("--outputs", help="Tensors of a frozen graph, parted by commas.")]
Function = Annotated[
    str,
    of_model("--function", metavar="NAME", help="The signature or function of a SavedModel that is "
             "the model."),
]  # fmt: skip
Architecture = Annotated[
    str,
    of_model("--architecture", metavar="FILE|NAME",
             help="Of a file of weights alone: its model.json, or its network in "
             "keras.applications, such as MobileNetV2."),
]  # fmt: skip
Code = Annotated[
    Path | None,
    of_model("--code", metavar="FILE.py",
             help="Run this Python file, with your rights: it has layers that the model names."),
]  # fmt: skip
SelectTfOps = Annotated[
    bool, of_model("--select-tf-ops", help="Keep operators that LiteRT does not have.")
]
Unroll = Annotated[
    bool,
    of_model("--unroll", help="Open recurrent layers with unroll=True: integer operators."),
]
Trust = Annotated[bool, of_model("--trust", help="Run code that the file holds, with your rights.")]
Data = Annotated[
    Path | None,
    of_data("--data", metavar="FILE", help=f"{accepted()}."),
]
Like = Annotated[
    Path | None,
    of_data("--like", metavar="STUDY",
            help="In place of data an earlier study's folder: the same data, limits and recipes "
            "for a retrained model, whose files are set beside the earlier ones. Ends with 0 only "
            "if the file to ship is proved to hold the limits and no worse than before."),
]  # fmt: skip
Roles = Annotated[
    list[RoleFile] | None,
    of_data("--role", parser=_role_file, metavar="ROLE=FILE",
            help=f"A file of its own for one role: {_listed(ROLES)}."),
]  # fmt: skip
Label = Annotated[
    str | None,
    of_data("--label", metavar="COLUMN", help="The label column of a table; empty for none."),
]
TaskOfLabels = Annotated[
    Task | None,
    of_data("--task", parser=_task, metavar="TASK",
            help=f"What the labels are for, told from them where possible: {_listed(TASKS)}."),
]  # fmt: skip
OutputOfLabels = Annotated[
    str | None,
    of_data("--output", metavar="NAME", help="The output that the labels are for; told from them."),
]
Yes = Annotated[
    bool,
    of_data("--yes", help="Where several readings of the labels fit, take the likeliest and say "
            "so, in place of asking."),
]  # fmt: skip
ScalingOfInputs = Annotated[
    str,
    of_data("--scaling", parser=_scaling, metavar="SCALING",
            help=f"How raw values become the model's: {_listed((AUTO, *SCALINGS))}."),
]  # fmt: skip
Mean = Annotated[
    str,
    of_data("--mean", metavar="A,B,…",
            help="The mean that inputs lose: one number, or one for each channel or column. "
            "--scaling none or unit says whether values are divided by 255 before; else the data."),
]  # fmt: skip
Std = Annotated[str, of_data("--std", metavar="A,B,…", help="The deviation that divides them.")]
Scaler = Annotated[
    Path | None,
    of_data("--scaler", metavar="FILE",
            help="Mean and deviation in a JSON or .npz, by scikit-learn's names: mean_, scale_."),
]  # fmt: skip
MetricOfLabels = Annotated[
    str | None,
    of_data("--metric", parser=_metric, metavar="METRIC",
            help="What is reported first, and limits speak of; by default what fits the labels: "
            f"{_listed(FIRST_METRICS)}."),
]  # fmt: skip
ClassNames = Annotated[
    NamesOfClasses | None,
    of_data("--class-names", parser=_class_names, metavar="A,B,…|FILE",
            help="What the classes are called, in the order of the model's outputs; in a file "
            "one a line."),
]  # fmt: skip
HeadOfDetector = Annotated[
    str,
    of_data("--head", metavar="LAYOUT(…)",
            help="How a detector's outputs are read as boxes, told from shapes and tried on "
            f"samples where it is left out: {_listed(one.value for one in Layout)}, and in "
            "brackets what is known, such as yolo(boxes=cxcywh, unit=pixels, nms=0.7)."),
]  # fmt: skip
Anchors = Annotated[
    Path | None,
    of_data("--anchors", metavar="FILE",
            help="Of a detector's head: an .npy, or a text of numbers, in the model's order."),
]  # fmt: skip
Letterbox = Annotated[
    bool,
    of_data("--letterbox",
            help="Files of pictures keep their proportions, with grey bars beside them, as "
            "detectors such as YOLO's are trained; without it they are stretched to the model's "
            "size."),
]  # fmt: skip
FalseAlarms = Annotated[
    float | None,
    of_data("--false-alarms", parser=_share, metavar="5%",
            help="Of normal samples, how many may be taken for anomalies: it sets the threshold "
            "that the float model gives; 5 % by default."),
]  # fmt: skip
Reconstruction = Annotated[
    str | None,
    of_data("--reconstruction", parser=_reconstruction, metavar="ERROR",
            help="By which error a rebuilt sample is judged: mse (by default) or mae."),
]  # fmt: skip
Season = Annotated[
    int | None,
    of_data("--season", min=1, metavar="STEPS",
            help="Of a forecast: the steps after which the naive one repeats a series; 1 by "
            "default, the last value."),
]  # fmt: skip
Quiet = Annotated[bool, of_output("--quiet", help="Nothing but errors, and what --json asks for.")]
AsJson = Annotated[
    bool,
    of_output("--json", help="One JSON document on standard output, all else on standard error."),
]


def open_options(
    sizes: Iterable[InputSize] | None,
    inputs: str,
    outputs: str,
    *,
    function: str,
    select_tf_ops: bool,
    unroll: bool,
    trust: bool,
) -> OpenOptions:
    """What the user has decided about the model."""
    return OpenOptions(
        trusted=trust,
        sizes={size.name: size.shape for size in sizes or ()},
        inputs=_names(inputs),
        outputs=_names(outputs),
        select_tf_ops=select_tf_ops,
        function=function,
        unroll=unroll,
    )


def given_scaling(mean: str, std: str, scaler: Path | None) -> GivenScaling | None:
    """The scaling by mean and deviation; None where none is given.

    Raises:
        DataError: the numbers or the file cannot be read, or both were given.
    """
    if scaler and (mean or std):
        raise DataError("Give either --scaler or --mean and --std, not both.")
    if scaler:
        return read_scaler(scaler)
    return parse_scaling(mean or "0", std or "1") if mean or std else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))
