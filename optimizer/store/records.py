"""store/: what a study's index holds. Pydantic validates it when a folder is reopened."""

from datetime import datetime, timezone
from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from optimizer.data.dataset import DatasetRecord
from optimizer.devices.device import Device
from optimizer.devices.estimates import Estimate
from optimizer.devices.measured import DeviceRun
from optimizer.measure.measurements import (
    Environment,
    Fidelity,
    Horizon,
    Latency,
    Memory,
    Metric,
    Nearness,
    OutputJudged,
    Profile,
)
from optimizer.models.open_options import OpenOptions
from optimizer.models.summary import ModelSummary
from optimizer.store.limits import Limits, Loss
from optimizer.store.places import InData, InModel, InTraining, InVariants
from optimizer.store.schema import SCHEMA
from optimizer.store.tried import Tried
from optimizer.techniques.packing import Packed
from optimizer.tflite.facts import FileContents
from optimizer.workers.confinement.level import LevelName

LEAST_SKILL = 0.1


class Record(BaseModel):
    """A part of the index: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(str, Enum):
    """What a job is doing, or how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        """Whether the job has not ended."""
        return self in {Status.QUEUED, Status.RUNNING}


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(timezone.utc)


class Job(Record):
    """One recipe being run.

    Attributes:
        id: Names the job's folder.
        recipe: The text form.
        status: See `Status`.
        started, ended: Moments, or None before they come.
        error: One sentence for the user where the job failed; else None.
    """

    id: str
    recipe: str
    status: Status = Status.QUEUED
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None

    def seconds(self) -> float | None:
        """How long it has run, or ran; None before it starts."""
        if self.started is None:
            return None
        return ((self.ended or now()) - self.started).total_seconds()


class TrainingRecord(Record):
    """One training step of a recipe, and how it went.

    Attributes:
        step: The technique's name.
        folder: Where its history lies, relative to the study folder.
        layers: Names of the layers that it touched.
        epochs: Epochs done; 0 where it worked at once.
        best_epoch: The epoch (from 1) whose weights were kept; 0 where it worked at once.
        fit_seconds: What the epochs took.
        seconds: What the whole step took.
        channels: By layer how many channels it had before the step and after, where it took some
            out.
        sizes: By layer how many weights it has after it, where the steps up to here changed that.
    """

    step: str
    folder: InTraining
    layers: tuple[str, ...]
    epochs: int
    best_epoch: int
    fit_seconds: float
    seconds: float
    channels: dict[str, tuple[int, int]] = Field(default_factory=dict)
    sizes: dict[str, int] = Field(default_factory=dict)


class Variant(Record):
    """What a recipe made of the model, and its measurements.

    Attributes:
        recipe: The text form.
        key: Hash of model, data, recipe and versions; equal keys are never computed twice.
        file: The `.tflite`, relative to the study folder; never overwritten.
        predictions: An `.npz` beside it: scores and predicted classes of each evaluation sample.
        packed: Of a recipe that ends with a packing what that did; else None.
        unpacked: The `.tflite` that was packed, relative to the study folder: it says the same, and
            it is what was measured here, size and memory excepted. None like `packed`.
        sha256: Of the file.
        seconds: What converting and measuring took.
        size_bytes, gzip_bytes: Of the file.
        contents: Operators, arena, sparsity: what stands in the file (without single weights).
        metric: On the evaluation role; None without labels, and where the file cannot run here.
        tuning: The same metric on the tuning role, which tells in which order proofs are sought;
            None like `metric`, and in studies that were made before there were limits.
        others: Further metrics of the same task on the same samples.
        horizons: Of forecasts the errors of each step ahead; empty for other tasks.
        outputs: Of each output with labels of its own, the headline's first; empty where there are
            not several.
        fidelity: Against the float32 variant on the evaluation role; None for random inputs.
        near: The same of each output and each of its components; empty for random inputs, for boxes
            that stand in the order of their scores, and in studies that do not tell.
        latency: None until it was measured, or where it cannot be.
        other_latencies: With all cores, where there are several, and without XNNPACK, where that
            was asked for; measured in the same session as `latency`.
        memory: Of a process that runs it; None until it was measured, or where it cannot be.
        profile: A JSON beside the file: what each operator takes, see `profiles`. None like memory.
        unprofiled: Why memory or profile could not be measured, in one sentence; None where both
            were, and before.
        timed_on: The machine that took latencies, memory and profile; None before, and in studies
            that do not tell: there it is `environment`.
        timed: When.
        device: The id of the study's device that did; None before, and in studies that do not tell.
        random_inputs: Whether there were no data: its latency is of random inputs.
        environment: The machine and the versions that made and measured it.
        isolation: What confined the process that made it; None in studies that do not tell.
        training: The training steps of its recipe, in order.
        audit: A JSON beside the file: what its weights are, and what was promised of them.
        inside: A JSON beside the file: its operators, tensors and verdicts, see `measure.inside`.
        runs_on: For each target of the verdicts whether the file fits, None where that cannot be
            said; empty in studies that were made before there were verdicts.
        made_as: The recipe by which the file was made, where a quantizer refused the one that was
            asked for; else None.
        detours: What a quantizer refused and was done otherwise, in sentences; empty where nothing
            was, and in studies that were made before there were ways round.
        warnings: What is wrong with it, a sentence or two each: promises that were not kept, and
            see `measure.diagnosis`. Empty also in studies that were made before there were any.
        made: When.
    """

    recipe: str
    key: str
    file: InVariants
    predictions: InVariants
    packed: Packed | None = None
    unpacked: InVariants | None = None
    sha256: str
    seconds: float
    size_bytes: int
    gzip_bytes: int
    contents: FileContents
    metric: Metric | None
    tuning: Metric | None = None
    others: tuple[Metric, ...] = ()
    horizons: tuple[Horizon, ...] = ()
    outputs: tuple[OutputJudged, ...] = ()
    fidelity: Fidelity | None
    near: tuple[Nearness, ...] = ()
    latency: Latency | None = None
    other_latencies: tuple[Latency, ...] = ()
    memory: Memory | None = None
    profile: InVariants | None = None
    unprofiled: str | None = None
    timed_on: Environment | None = None
    timed: datetime | None = None
    device: str | None = None
    random_inputs: bool = False
    environment: Environment
    isolation: LevelName | None = None
    training: tuple[TrainingRecord, ...] = ()
    audit: InVariants | None = None
    inside: InVariants | None = None
    runs_on: dict[str, bool | None] = Field(default_factory=dict)
    made_as: str | None = None
    detours: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    made: datetime = Field(default_factory=now)

    @property
    def files(self) -> tuple[str, ...]:
        """All that it has on disk, relative to the study folder."""
        kept = (
            self.file, self.unpacked, self.predictions, self.audit, self.inside, self.profile,
        )  # fmt: skip
        return tuple(filter(None, kept))

    @property
    def runs(self) -> str:
        """The file that says here what `file` says where it runs, relative to the study folder."""
        return self.unpacked or self.file


class ModelRecord(Record):
    """The model of a study.

    Attributes:
        summary: What it is.
        digest: SHA-256 of the file or folder as it came.
        file: Where it lies, relative to the study folder.
        saved_model: The SavedModel that conversions share, relative to the study folder; None for
            a ready `.tflite`, which has none.
        options: What the user decided about the file: it is opened with them again.
        code: A Python file of the user's with layers of the model, relative to the study folder;
            None where it needs none.
    """

    summary: ModelSummary
    digest: str
    file: InModel
    saved_model: InModel | None
    options: OpenOptions = OpenOptions()
    code: InModel | None = None

    @property
    def runs_code(self) -> bool:
        """Whether opening it runs code that came with it."""
        return self.options.trusted or self.code is not None


def near_chance(metric: Metric, chance: float | None) -> bool:
    """Whether the model gets less than a tenth right of what guessing gets wrong.

    Args:
        metric: What it reaches, a share.
        chance: What guessing does; None where that means nothing.
    """
    if metric.value is None or chance is None or chance == 1:
        return False
    return (metric.value - chance) / (1 - chance) < LEAST_SKILL


class ScalingScore(Record):
    """What the float model reaches on the tuning role under one scaling.

    Attributes:
        scaling: Of the inputs.
        metric: Of pictures as targets it is R², which has no unit.
        target: The scaling of the targets under which it reaches that.
    """

    scaling: str
    metric: Metric
    target: str = "none"


class FloatReport(Record):
    """How the float model does on the data, before any optimization.

    Attributes:
        scalings: One score for each scaling that was tried; empty where none could be.
        keras: The metric of the model as it came, in its own library; None without labels.
        chance: What guessing would reach in the same metric; None where that means nothing.
        seconds_per_sample: What one sample takes in the model's own library, in batches; None
            without labels.
    """

    scalings: tuple[ScalingScore, ...]
    keras: Metric | None
    chance: float | None
    seconds_per_sample: float | None = None

    def near_chance(self, metric: Metric) -> bool:
        """Whether an accuracy is hardly more than guessing: most often the scaling is wrong."""
        return near_chance(metric, self.chance)


class Judged(Record):
    """What data are, and how the float model does on them: the answer of the judging task."""

    dataset: DatasetRecord
    report: FloatReport
    baseline: Variant


class Timed(Record):
    """How fast a variant is, and what memory it needs: the answer of the timing task.

    Attributes:
        latency: With one thread and XNNPACK.
        other_latencies: See `Variant`.
        memory: None where it cannot be known.
        profile: None where it cannot be known.
        unprofiled: Why one of the two is None, in one sentence; else None.
        timed_on: The machine.
    """

    latency: Latency
    other_latencies: tuple[Latency, ...]
    memory: Memory | None
    profile: Profile | None
    unprofiled: str | None
    timed_on: Environment


class Labels(Record):
    """What a user writes on a study; nothing is computed from it.

    Attributes:
        title: What it is called; empty: as its model.
        note: Some sentences.
        tags: Words by which studies are found.
    """

    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


class Remark(Record):
    """What a user thinks of one variant; nothing is computed from it, and no choice depends on it.

    Attributes:
        recipe: Of the variant.
        pinned: Whether it stands before all others.
        hidden: Whether lists leave it out until they are asked for it.
        note: Some sentences.
    """

    recipe: str
    pinned: bool = False
    hidden: bool = False
    note: str = ""


class StudyIndex(Record):
    """All that is known of a study; `study.json` holds exactly this, the number first.

    Attributes:
        schema_version: See `schema`: whoever changes a field of this or of what it holds raises it.
        id: The folder's name, whatever the file says, and the study's name in the URL.
        created: When; people tell studies of the same model apart by it.
        labels: What the user wrote on it.
        model: The model.
        dataset: None until data were given.
        data_folder: Where they lie, relative to the study folder.
        float_report: None until data were given.
        jobs: In the order in which they were started.
        variants: In the order in which they were made; the baseline is the first.
        limits: What the user may lose and has room for.
        remarks: What the user thinks of single variants; of most there is none.
        tried_losses: Each limit on the loss that was tried on the evaluation role, in order: a
            proof holds with the confidence that is said for one of them only.
        devices: On which something was measured, in the order in which each was first used.
        device_runs: What devices have measured with bundles, in the order in which it was imported.
        estimates: What is known of files on chips that are not here, the last that was asked.
        tried: What searches tried on the tuning role, in order.
    """

    schema_version: int = SCHEMA
    id: str
    created: datetime = Field(default_factory=now)
    labels: Labels = Labels()
    model: ModelRecord
    dataset: DatasetRecord | None = None
    data_folder: InData | None = None
    float_report: FloatReport | None = None
    jobs: tuple[Job, ...] = ()
    variants: tuple[Variant, ...] = ()
    limits: Limits = Limits()
    remarks: tuple[Remark, ...] = ()
    tried_losses: tuple[Loss, ...] = ()
    tried: tuple[Tried, ...] = ()
    devices: tuple[Device, ...] = ()
    device_runs: tuple[DeviceRun, ...] = ()
    estimates: tuple[Estimate, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.labels.title or self.model.summary.name

    def remark(self, recipe: str) -> Remark:
        """What the user thinks of a variant."""
        found = (one for one in self.remarks if one.recipe == recipe)
        return next(found, Remark(recipe=recipe))

    def may_run_again(self, job: Job) -> bool:
        """Whether a job ended without a result, and no later one ran the same recipe."""
        latest = [other for other in self.jobs if other.recipe == job.recipe][-1]
        ended = not job.status.active and job.status is not Status.DONE
        return ended and latest.id == job.id
