"""cli/: the options of the verbs, and how their text is read.

An option is declared once, as the type of a verb's parameter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from optimizer.data.class_names import parse_names
from optimizer.data.data_options import Role
from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO, SCALINGS
from optimizer.data.sources.data_format import accepted
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
TASKS = tuple(task.value for task in Task if task is not Task.UNLABELLED)
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
SelectTfOps = Annotated[
    bool, of_model("--select-tf-ops", help="Keep operators that LiteRT does not have.")
]
Trust = Annotated[bool, of_model("--trust", help="Run code that the file holds, with your rights.")]
Data = Annotated[
    Path | None,
    of_data("--data", metavar="FILE", help=f"{accepted()}."),
]
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
ScalingOfInputs = Annotated[
    str,
    of_data("--scaling", parser=_scaling, metavar="SCALING",
            help=f"How raw values become the model's: {_listed((AUTO, *SCALINGS))}."),
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
    select_tf_ops: bool,
    trust: bool,
) -> OpenOptions:
    """What the user has decided about the model."""
    return OpenOptions(
        trusted=trust,
        sizes={size.name: size.shape for size in sizes or ()},
        inputs=_names(inputs),
        outputs=_names(outputs),
        select_tf_ops=select_tf_ops,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))
