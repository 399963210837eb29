"""cli/: liteweigh run."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated

import typer

from optimizer.audit.findings import AUDIT
from optimizer.audit.verdict import in_words
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.decide import decide
from optimizer.choose.limit_texts import LimitTexts
from optimizer.cli.choose import tell
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.limits import (
    Confidence,
    IoType,
    MaxLatency,
    MaxLoss,
    MaxMemory,
    MaxSize,
    MustRun,
    OnDevice,
)
from optimizer.cli.options import (
    Anchors,
    Architecture,
    AsJson,
    ClassNames,
    Code,
    Data,
    FalseAlarms,
    Function,
    HeadOfDetector,
    Inputs,
    Label,
    Letterbox,
    Like,
    Mean,
    MetricOfLabels,
    ModelOrSample,
    OutputOfLabels,
    Outputs,
    Quiet,
    Reconstruction,
    Roles,
    Scaler,
    ScalingOfInputs,
    Season,
    SelectTfOps,
    Sizes,
    Std,
    TaskOfLabels,
    Trust,
    Unroll,
    Yes,
    given_scaling,
    open_options,
)
from optimizer.cli.succession import Succession, recipes_of
from optimizer.cli.terminal import Terminal
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.labels import Task
from optimizer.data.scaling import AUTO
from optimizer.errors import StudyError
from optimizer.export import numbers, warnings
from optimizer.export.lines import (
    after_training,
    by_output,
    feeding,
    line,
    named,
    packed_in_words,
)
from optimizer.export.results import results, write_results
from optimizer.face import OpenStudy, open_study
from optimizer.measure.metrics import METRICS
from optimizer.recipes import BASELINE_TEXT, STANDARD, Recipe
from optimizer.store.limits import Limits
from optimizer.store.records import Job, Status
from optimizer.store.study import Study
from optimizer.sweeps import expand
from optimizer.words import in_sentence


def run(  # noqa: PLR0913 (a parameter is an option)
    model: ModelOrSample = None,
    *,
    recipe: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe",
            help="May be given several times; else the standard set. 0.5..0.9/5 in the place of a "
            "number is five numbers, and so many recipes.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The study's folder.")] = Path("study"),
    size: Sizes = None,
    inputs: Inputs = "",
    outputs: Outputs = "",
    function: Function = "",
    architecture: Architecture = "",
    code: Code = None,
    select_tf_ops: SelectTfOps = False,
    unroll: Unroll = False,
    trust: Trust = False,
    data: Data = None,
    like: Like = None,
    role: Roles = None,
    label: Label = None,
    task: TaskOfLabels = None,
    output: OutputOfLabels = None,
    scaling: ScalingOfInputs = AUTO,
    mean: Mean = "",
    std: Std = "",
    scaler: Scaler = None,
    metric: MetricOfLabels = None,
    class_names: ClassNames = None,
    head: HeadOfDetector = "",
    anchors: Anchors = None,
    letterbox: Letterbox = False,
    false_alarms: FalseAlarms = None,
    reconstruction: Reconstruction = None,
    season: Season = None,
    yes: Yes = False,
    max_loss: MaxLoss = "",
    max_size: MaxSize = "",
    max_memory: MaxMemory = "",
    max_latency: MaxLatency = "",
    must_run: MustRun = "",
    confidence: Confidence = None,
    io: IoType = "",
    device: OnDevice = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Make variants of a model, or of the embedded sample, and measure them."""
    recipes = [one for text in recipe or () for one in expand(text)]
    limits = LimitTexts(
        max_loss, max_size, max_memory, max_latency, must_run, confidence, io, device
    )
    if like and (data or role):
        raise StudyError("--like takes the data of a study. Leave --data and --role out.")
    given = given_scaling(mean, std, scaler)
    decided = open_options(
        size,
        inputs,
        outputs,
        function=function,
        select_tf_ops=select_tf_ops,
        unroll=unroll,
        trust=trust,
    )
    with (
        Terminal(quiet=quiet, as_json=as_json) as terminal,
        open_study(
            model,
            None if like else DataFiles(data, {one.role: one.path for one in role or ()}),
            like=like,
            out=out,
            model_options=decided,
            architecture=architecture,
            code=code,
            data_options=DataOptions(
                label,
                task,
                output,
                scaling,
                metric,
                class_names.names if class_names else (),
                given,
                head,
                anchors,
                false_alarms,
                reconstruction,
                season,
                assume=yes,
                letterbox=letterbox,
            ),
            wait=terminal.wait_for,
        ) as study,
    ):
        if like is None:
            return _run_recipes(study, recipes or _standard(study, terminal), limits, terminal)
        both = cache(partial(Succession, study, like))  # once its jobs have ended
        made = _run_recipes(
            study, recipes or recipes_of(like), limits, terminal, lambda: both().document()
        )
        both().tell(terminal)
        return made if both().may_follow else ExitCode.SOME_FAILED


def _standard(opened: OpenStudy, terminal: Terminal) -> list[Recipe]:
    """The standard recipes that fit the model and the data; says which do not."""
    index = opened.study.index
    fitting = []
    for recipe in STANDARD:
        reason = recipe.conversion.misfit(index.model.summary, index.dataset)
        if reason:
            terminal.say(f"{named(recipe)} not possible: {reason}")
        else:
            fitting.append(recipe)
    return fitting


def _run_recipes(
    opened: OpenStudy,
    recipes: Sequence[Recipe],
    texts: LimitTexts,
    terminal: Terminal,
    more: Callable[[], dict[str, object]] = dict,
) -> ExitCode:
    limits = texts.over(opened.study.index)  # what cannot be read ends it before any work
    level = opened.scheduler.executor.level
    if level.confined and not level.strongest:  # the log warns where it is not confined at all
        terminal.remark(level.sentence)
    for text in _about(opened):
        terminal.say(text)
    fitting = _fitting(opened.study, recipes, terminal)
    for recipe in fitting:
        for text in recipe.foretold(opened.study.index.model.summary):
            terminal.say(f"{named(recipe)} {text}")
    jobs = set(opened.scheduler.start(opened.study, fitting))
    well = make_and_tell(opened, fitting, jobs, limits, terminal, more)
    return ExitCode.ALL_WELL if well and len(fitting) == len(recipes) else ExitCode.SOME_FAILED


def make_and_tell(
    opened: OpenStudy,
    recipes: Sequence[Recipe],
    jobs: set[str],
    limits: Limits,
    terminal: Terminal,
    more: Callable[[], dict[str, object]] = dict,
) -> bool:
    """Waits for jobs and tells of each variant, then of the choice; whether all jobs are done.

    Args:
        opened: The study.
        recipes: What was asked for, started or there already.
        jobs: The ids of those that were started.
        limits: What the choice has to hold.
        terminal: Where it is said.
        more: What the document has beside the results, once they are there.
    """
    told = _Told(opened, recipes, jobs, terminal)
    opened.scheduler.wait(opened.study, told.look)
    _time_baseline(opened, terminal)
    told.look(at_end=True)
    if opened.study.trouble:
        terminal.say(opened.study.trouble)
    tell(decide(opened.study, limits), opened.study.index, terminal)
    path = write_results(opened.study)
    terminal.say(f"{path} has all results.")
    if terminal.as_json:
        terminal.document({**results(opened.study), **more()})
    ended = [job for job in opened.study.index.jobs if job.id in jobs]
    return all(job.status is Status.DONE for job in ended)


def _fitting(study: Study, recipes: Sequence[Recipe], terminal: Terminal) -> Sequence[Recipe]:
    """The recipes that fit the model and the data; says which do not, unless none does."""
    summary, dataset = study.index.model.summary, study.index.dataset
    refusals = {r: r.refusal(summary, dataset) if dataset else None for r in recipes}
    if all(refusals.values()):
        return recipes  # the error of the first ends the run
    for recipe, reason in refusals.items():
        if reason:
            terminal.say(f"{named(recipe)} not possible: {reason}")
    return [recipe for recipe in recipes if not refusals[recipe]]


def _time_baseline(opened: OpenStudy, terminal: Terminal) -> None:
    """Times the baseline where no job did so: where none was asked for, or all have failed."""
    index = opened.study.index
    baseline = index.variants[0]
    if baseline.latency is None and not index.model.summary.select_tf_ops:
        terminal.wait_for(BASELINE_TEXT, opened.scheduler.measure_again(opened.study))


def _about(opened: OpenStudy) -> Iterator[str]:
    """What the model and the data are."""
    summary, dataset = opened.study.index.model.summary, opened.study.index.dataset
    yield f"{summary.name}: {summary.format}, {numbers.count(summary.parameters)} parameters"
    if dataset:
        first = in_sentence(METRICS[dataset.headline].title) if dataset.headline else ""
        judged = f", judged by {first}" if first else ""
        if dataset.task is Task.UNLABELLED and not dataset.synthetic:
            judged = ", compared by agreement with float32 and SNR"
        if dataset.reconstruction and dataset.threshold is not None:
            judged += (
                f", alarm above an error ({dataset.reconstruction}) of {dataset.threshold:.4g}, "
                f"at {numbers.share(dataset.false_alarms)} false alarms"
            )
        yield f"{dataset.name}: {dataset.task.value}{judged}, {dataset.meaning()}"
    folder = filter(None, [opened.study.note])
    for note in (*folder, *summary.notes, *(dataset.notes if dataset else ())):
        yield f"note: {note}"
    for warning in warnings.of_study(opened.study.index):
        yield f"warning: {warning}"


class _Told:
    """Tells of each variant once: of the baseline and what was there first, then as jobs end."""

    def __init__(
        self, opened: OpenStudy, recipes: Sequence[Recipe], jobs: set[str], terminal: Terminal
    ) -> None:
        self._scheduler, self._study = opened.scheduler, opened.study
        self._terminal = terminal
        self._jobs = jobs
        running = {job.recipe for job in self._mine()}
        # The baseline is timed with the jobs.
        asked = dict.fromkeys([BASELINE_TEXT, *map(str, recipes)])
        self._there = [recipe for recipe in asked if recipe not in running]
        self._told: set[str] = set()

    def look(self, *, at_end: bool = False) -> None:
        """Shows how far the jobs are, and tells of those that have ended since.

        The baseline is timed with the first job that ends well, and told of once it is.
        """
        ended = [job for job in self._mine() if not job.status.active]
        timed = at_end or any(job.status is Status.DONE for job in ended)
        for job in self._mine():
            if job.status.active:
                self._terminal.show(job.recipe, self._scheduler.progress(self._study, job))
        while self._there and timed:
            self._say(self._there.pop(0))
        for job in ended:
            if job.id not in self._told:
                self._told.add(job.id)
                self._terminal.ended(job.recipe)
                if job.status is Status.DONE:
                    self._say(job.recipe)
                else:
                    self._terminal.say(f"{named(job.recipe)} {job.status.value}: {job.error or ''}")

    def _mine(self) -> list[Job]:
        return [job for job in self._study.index.jobs if job.id in self._jobs]

    def _say(self, recipe: str) -> None:
        row = next(row for row in compare(self._study) if row.variant.recipe == recipe)
        self._terminal.say(line(row))
        for told in (
            *after_training(row.variant, self._promises(row)),
            *packed_in_words(row.variant),
            *by_output(row.variant),
        ):
            self._terminal.say(f"  {told}")
        for how in feeding(row.variant):
            self._terminal.say(f"  {how}")
        for detour in row.variant.detours:
            self._terminal.say(f"  note: {detour}")
        for warning in row.variant.warnings:
            self._terminal.say(f"  warning: {warning}")

    def _promises(self, row: Comparison) -> str:
        """The audit of a variant that was trained in words, where it is kept or cannot be read.

        A warning says what is lost.
        """
        if row.variant.audit is None or not row.variant.training:
            return ""
        try:
            found = AUDIT.read(self._study.folder / row.variant.audit)
        except StudyError as error:  # the file is there, and so is the rest of the run
            return str(error)
        return in_words(found) if found.kept else ""
