"""optimizer/: the command line: python -m optimizer inspect | run | techniques."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from optimizer import sample, settings
from optimizer.choose import recommend
from optimizer.choose.comparison import compare
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions, Role
from optimizer.data.labels import Task
from optimizer.data.reading import digest_of
from optimizer.data.scaling import AUTO, SCALINGS
from optimizer.data.sources.data_format import accepted
from optimizer.errors import LiteweighError, StudyError
from optimizer.export import numbers
from optimizer.export.results import write_results
from optimizer.files.digest import digest
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import BASELINE_TEXT, STANDARD, Recipe, parse
from optimizer.store.library import Library
from optimizer.store.records import Status
from optimizer.store.study import INDEX, Study
from optimizer.techniques.registry import TECHNIQUES
from optimizer.workers.executor import LocalExecutor

ALL_WELL, SOME_FAILED, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 all well, 1 a variant failed, 2 bad input."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except LiteweighError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m optimizer", description="Weigh every optimization of a Keras model."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    inspect = commands.add_parser("inspect", help="what a model is and which techniques fit it")
    inspect.add_argument("model", type=Path, metavar="MODEL")
    _add_open_options(inspect)
    inspect.set_defaults(command=_inspect)
    run = commands.add_parser("run", help="run recipes on a model, or on the embedded sample")
    run.add_argument("model", type=Path, nargs="?", metavar="MODEL")
    _add_open_options(run)
    _add_data_options(run)
    run.add_argument("--recipe", action="append", default=[], help="may be given several times")
    run.add_argument("--out", type=Path, default=Path("study"), help="the study's folder")
    run.set_defaults(command=_run)
    techniques = commands.add_parser("techniques", help="every technique with its parameters")
    techniques.set_defaults(command=_techniques)
    return parser


def _add_open_options(parser: argparse.ArgumentParser) -> None:
    """What only the user can say about a model file; see `OpenOptions`."""
    group = parser.add_argument_group("the model, where its file leaves something open")
    group.add_argument(
        "--size", action="append", default=[], type=_size, metavar="NAME=224x224x3",
        help="the size of one sample of an input; may be given several times",
    )  # fmt: skip
    group.add_argument("--inputs", default="", help="tensors of a frozen graph, parted by commas")
    group.add_argument("--outputs", default="", help="tensors of a frozen graph, parted by commas")
    group.add_argument(
        "--select-tf-ops", action="store_true", help="keep operators that LiteRT does not have"
    )
    group.add_argument(
        "--trust", action="store_true", help="run code that the file holds, with your rights"
    )


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    """Where the data lie and what they mean; see `DataFiles` and `DataOptions`."""
    group = parser.add_argument_group("the data; without any, random inputs serve for latency")
    group.add_argument("--data", type=Path, help=accepted())
    group.add_argument(
        "--role", action="append", default=[], type=_role, metavar="ROLE=FILE",
        help=f"a file of its own for one role: {', '.join(get_args(Role))}",
    )  # fmt: skip
    group.add_argument("--label", help="the label column of a table; empty for none")
    tasks = [task.value for task in Task if task is not Task.UNLABELLED]
    group.add_argument("--task", choices=tasks, help="what the labels are for; told from them")
    group.add_argument("--output", help="the output that the labels are for; told from them")
    group.add_argument("--scaling", choices=[AUTO, *SCALINGS], default=AUTO)


def _size(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, sizes = text.rpartition("=")
    return name, tuple(int(size) for size in sizes.split("x"))


def _role(text: str) -> tuple[str, Path]:
    role, _, path = text.partition("=")
    if role not in get_args(Role):
        raise ValueError(role)
    return role, Path(path)


def _open_options(options: argparse.Namespace) -> OpenOptions:
    return OpenOptions(
        trusted=options.trust,
        sizes=dict(options.size),
        inputs=_names(options.inputs),
        outputs=_names(options.outputs),
        select_tf_ops=options.select_tf_ops,
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


@contextmanager
def _scheduler(home: Path, workers: int) -> Iterator[Scheduler]:
    limits = settings.from_environment()
    executor = LocalExecutor(workers, limits.job_memory, limits.job_seconds)
    library = Library(home)
    try:
        yield Scheduler(executor, library, limits.latency_seconds)
    finally:
        executor.close()
        library.close()


def _inspect(options: argparse.Namespace) -> int:
    path: Path = options.model.resolve()
    _require(path)
    with tempfile.TemporaryDirectory() as home, _scheduler(Path(home), workers=1) as scheduler:
        study = scheduler.open_model(path, path.stem, _open_options(options)).result()
        summary = study.index.model.summary
    techniques = {
        name: {"fits": reason is None, "reason": reason}
        for name, kind in TECHNIQUES.items()
        for reason in [kind.misfit(summary, None)]
    }
    fits = [
        {"name": fit.name, "kind": fit.kind, "parameters": fit.parameters, **fit.obstacles}
        for fit in summary.fits
    ]
    print(json.dumps({**asdict(summary), "fits": fits, "techniques": techniques}, indent=1))
    return ALL_WELL


def _run(options: argparse.Namespace) -> int:
    recipes = [parse(text) for text in options.recipe]
    model, model_name = sample.MODEL, sample.MODEL_NAME
    files, data_name = DataFiles(sample.DATA), sample.DATA_NAME
    if options.model:
        model, model_name = options.model.resolve(), options.model.stem
        files, data_name = _data_files(options)
    elif options.data or options.role:
        raise StudyError("MODEL is missing. Give a model with its data, or neither.")
    for path in (model, files.main, *files.roles.values()):
        if path:
            _require(path)
    out: Path = options.out.resolve()
    workers = settings.from_environment().workers
    with _scheduler(out.parent, workers) as scheduler:
        study = _study(scheduler, out, model, model_name, _open_options(options))
        dataset = study.index.dataset
        if dataset is not None and dataset.digest != digest_of(files):
            raise StudyError(f"{out} is a study with other data. Choose another --out.")
        if dataset is None:
            decided = DataOptions(
                label=options.label,
                task=Task(options.task) if options.task else None,
                output=options.output,
                scaling=options.scaling,
            )
            study = scheduler.add_data(study, files, data_name, decided).result()
        return _run_recipes(scheduler, study, recipes or _standard(study))


def _data_files(options: argparse.Namespace) -> tuple[DataFiles, str]:
    """The user's files, and what to call them."""
    main = options.data.resolve() if options.data else None
    roles = {role: path.resolve() for role, path in options.role}
    first = next(iter([*([main] if main else []), *roles.values()]), None)
    return DataFiles(main, roles), first.stem if first else RANDOM_INPUTS


def _standard(study: Study) -> list[Recipe]:
    """The standard recipes that fit the model and the data; says which do not."""
    model, data = study.index.model.summary, study.index.dataset
    fitting = []
    for recipe in STANDARD:
        reason = recipe.conversion.misfit(model, data)
        if reason:
            print(f"{recipe!s:<28} not possible: {reason}")
        else:
            fitting.append(recipe)
    return fitting


def _require(path: Path) -> None:
    if not path.exists():
        raise StudyError(f"There is no file {path}. Check the path.")


def _study(scheduler: Scheduler, out: Path, model: Path, name: str, options: OpenOptions) -> Study:
    """The study in `out`: reopened if there is one, so that nothing is computed twice."""
    if (out / INDEX).exists():
        study = scheduler.library.open(out.name)
        if study.index.model.digest != digest(model):
            raise StudyError(f"{out} is a study of another model. Choose another --out.")
        return study
    out.parent.mkdir(parents=True, exist_ok=True)
    return scheduler.open_model(model, name, options, study_id=out.name).result()


def _run_recipes(scheduler: Scheduler, study: Study, recipes: list[Recipe]) -> int:
    summary, dataset = study.index.model.summary, study.index.dataset
    scaling = SCALINGS[dataset.scaling].meaning if dataset else ""
    print(f"{summary.name}: {summary.format}, {numbers.count(summary.parameters)} parameters")
    print(f"{dataset.name if dataset else ''}: {dataset.task.value if dataset else ''}, {scaling}")
    for note in (*summary.notes, *(dataset.notes if dataset else ())):
        print(f"note: {note}")
    jobs = scheduler.start(study, recipes)
    running = {job.recipe for job in study.index.jobs if job.id in jobs}
    # The baseline, which is timed with the jobs, and what an earlier run has made.
    there = [r for r in dict.fromkeys([BASELINE_TEXT, *map(str, recipes)]) if r not in running]
    told: set[str] = set()

    def tell() -> None:
        ended = [job for job in study.index.jobs if job.id in jobs and not job.status.active]
        while there and (ended or not jobs):
            print(_line(study, there.pop(0)), flush=True)
        for job in ended:
            if job.id not in told:
                told.add(job.id)
                failed = job.status is not Status.DONE
                reason = f"{job.status.value}: {job.error or ''}"
                print(f"{job.recipe:<28} {reason}" if failed else _line(study, job.recipe))
                sys.stdout.flush()

    scheduler.wait(study, tell)
    print(f"recommended: {recommend.in_words(compare(study))}")
    path = write_results(study)
    print(f"{path} has all results.")
    ended = [job for job in study.index.jobs if job.id in jobs]
    return ALL_WELL if all(job.status is Status.DONE for job in ended) else SOME_FAILED


def _line(study: Study, recipe: str) -> str:
    row = next(row for row in compare(study) if row.variant.recipe == recipe)
    variant = row.variant
    median = variant.latency.median_ms if variant.latency else None
    change = numbers.change(variant.metric.name, row.difference) if variant.metric else ""
    return (
        f"{recipe:<28} {numbers.size(variant.size_bytes):>8}  "
        f"{numbers.metric(variant.metric):>8} {change:>9}  "
        f"{numbers.milliseconds(median):>9} {numbers.ratio(variant.latency)}"
        f"{' (random inputs)' if variant.random_inputs else ''}"
    )


def _techniques(_: argparse.Namespace) -> int:
    for name, kind in TECHNIQUES.items():
        print(f"{name}: {kind.summary}")
        for key, field in kind.parameters().items():
            default = getattr(field.default, "value", field.default)
            print(f"    {key}={default}  {field.description}")
    return ALL_WELL


if __name__ == "__main__":
    sys.exit(main())
