"""optimizer/: the public face: a study in three lines of Python."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from optimizer import sample
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.decide import decide
from optimizer.choose.limit_texts import LimitTexts
from optimizer.choose.pareto import front
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions, Role
from optimizer.data.reading import digest_of
from optimizer.errors import JobError, StudyError
from optimizer.export.lines import line
from optimizer.export.results import write_results
from optimizer.files.atomic import made_atomically, write_atomically
from optimizer.files.digest import digest
from optimizer.files.refusal import said_as
from optimizer.jobs.local import start_scheduler, stop_scheduler
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import parse
from optimizer.store.records import Status, Variant
from optimizer.store.study import INDEX, LOCK, Study, read_index

T = TypeVar("T")
AS_FOUND, NOT_DECIDED = OpenOptions(), DataOptions()
Temporary = tempfile.TemporaryDirectory[str]
DataSource = str | Path | Mapping[Role, Path] | DataFiles


class Wait(Protocol):
    """Waits for an operation, and may show meanwhile how far it is."""

    def __call__(self, what: str, pending: Pending[T]) -> T:
        """Returns what came out of it; `what` is what it is about."""


def _wait(what: str, pending: Pending[T]) -> T:  # noqa: ARG001
    return pending.result()


class OpenStudy:
    """A study with worker processes behind it; a context that ends them.

    >>> import liteweigh
    >>> with liteweigh.open("model.keras", "data.npz", out="study") as kept:
    ...     kept.run("float16")
    ...     kept["float16"].metric.value > 0.9
    True

    Attributes:
        study: Its folder, and the index of what is in it.
        scheduler: What runs its jobs.
    """

    def __init__(self, scheduler: Scheduler, study: Study, folder: Temporary | None) -> None:
        """Made by `liteweigh.open`; a `folder` for the time being goes when it is closed."""
        self.scheduler, self.study = scheduler, study
        self._close = weakref.finalize(self, _close, scheduler, folder)

    def run(self, *recipes: str) -> None:
        """Makes a variant of each recipe and measures it; what is there is not made again.

        >>> study.run("int8", "dynamic_range")
        >>> study["dynamic_range"].size_bytes < study["float32"].size_bytes
        True

        Raises:
            RecipeError: a recipe cannot be read, or does not fit the model or the data; nothing
                is started.
            JobError: some failed; the others are there.
        """
        started = self.scheduler.start(self.study, [parse(text) for text in recipes])
        self.scheduler.wait(self.study)
        jobs = [job for job in self.study.index.jobs if job.id in started]
        failed = [job for job in jobs if job.status is not Status.DONE]
        if failed:
            raise JobError(
                "\n".join(f"{job.recipe}: {job.error or job.status.value}" for job in failed)
            )

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All variants with their measurements, the float32 baseline first.

        >>> [variant.recipe for variant in study.variants][:2]
        ['float32', 'float16']
        """
        return self.study.index.variants

    def __getitem__(self, recipe: str) -> Variant:
        """The variant that a recipe made.

        >>> study["float16"].latency.median_ms > 0
        True

        Raises:
            StudyError: it was not run.
        """
        variant = self.study.variant(str(parse(recipe)))
        if variant is None:
            there = ", ".join(variant.recipe for variant in self.variants)
            raise StudyError(f"There is no variant “{recipe}”. There are: {there}. Run it first.")
        return variant

    def compare(self) -> list[Comparison]:
        """Each variant beside the baseline, with the difference and whether it is more than noise.

        >>> baseline, float16, *_ = study.compare()
        >>> float16.difference.low <= float16.difference.value <= float16.difference.high
        True
        """
        return compare(self.study)

    def front(self) -> list[Comparison]:
        """The variants to which no other is better in quality and as small, the smallest first.

        >>> sizes = [one.variant.size_bytes for one in study.front()]
        >>> sizes[0] == min(variant.size_bytes for variant in study.variants)
        True
        """
        return front(compare(self.study))

    def choose(
        self,
        max_loss: str = "",
        max_size: str = "",
        max_memory: str = "",
        max_latency: str = "",
        must_run: str = "",
        confidence: float | None = None,
    ) -> Choice:
        """The smallest variant that is proved to hold the limits, which the study keeps.

        >>> choice = study.choose(max_loss="1", max_size="1MB")
        >>> choice.verdict, choice.variant in study.variants
        ('held', True)

        Args:
            max_loss: Points of an accuracy or units of an error, or a share such as "5%".
            max_size: Of the file: "200KB", or "150KB gzip" of it packed.
            max_memory: Of the arena: "64KiB".
            max_latency: "10ms", or "0.5x" of the baseline's.
            must_run: Targets, by commas: "integer_only,tflite_micro".
            confidence: Of a proof; 0.95 without it.

        Raises:
            LimitError: one cannot be read. An empty one leaves the study's as it is.
        """
        texts = LimitTexts(max_loss, max_size, max_memory, max_latency, must_run, confidence)
        return decide(self.study, texts.over(self.study.index))

    def file(self, recipe: str) -> Path:
        """Where the `.tflite` that a recipe made lies; it is gone with the study.

        >>> study.file("float16").stat().st_size == study["float16"].size_bytes
        True

        Raises:
            StudyError: it was not run.
        """
        return self.study.folder / self[recipe].file

    def save(self, folder: str | Path) -> Path:
        """Copies the study, with `results.json`, into a new folder; returns `results.json`.

        `liteweigh.open(…, out=folder)` and the command line go on with it.

        >>> study.save("kept").name
        'results.json'

        Raises:
            StudyError: there is something in that place already, or the disk does not take it.
        """
        target = Path(folder).absolute()
        if target.exists():
            raise StudyError(f"{target} is there already. Choose another folder.")
        with said_as(StudyError):
            path = write_results(self.study)
            target.parent.mkdir(parents=True, exist_ok=True)
            with made_atomically(target) as beside:
                shutil.copytree(
                    self.study.folder,
                    beside,
                    ignore=shutil.ignore_patterns(LOCK),
                    dirs_exist_ok=True,
                )
                index = read_index(beside).model_copy(update={"id": target.name})
                write_atomically(beside / INDEX, index.model_dump_json(indent=1).encode())
        return target / path.name

    def close(self) -> None:
        """Ends the worker processes; a study that is not kept elsewhere is gone."""
        self._close()

    def __enter__(self) -> "OpenStudy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __str__(self) -> str:
        """A line for each variant."""
        return "\n".join(line(row) for row in self.compare())


def _close(scheduler: Scheduler, folder: Temporary | None) -> None:
    stop_scheduler(scheduler)
    if folder:
        folder.cleanup()


def open_study(
    model: str | Path | None = None,
    data: DataSource | None = None,
    *,
    out: str | Path | None = None,
    model_options: OpenOptions = AS_FOUND,
    data_options: DataOptions = NOT_DECIDED,
    wait: Wait = _wait,
) -> OpenStudy:
    """Opens a model with its data, and starts worker processes for what is made of it.

    >>> import liteweigh
    >>> with liteweigh.open("model.keras", "data.npz", out="study") as kept:
    ...     kept["float32"].metric.name
    'accuracy'

    Args:
        model: Its file or folder; without one, the embedded sample.
        data: A file, a folder, or one for each role ("training", "evaluation", …). Without any,
            random inputs serve, for size and latency only.
        out: The folder that keeps the study; one of the same model and data is gone on with. Where
            none is given the study is gone once it is closed; `OpenStudy.save` copies it.
        model_options: What only the user can say about the model's file.
        data_options: What only the user can say about the data: a label column, a scaling.
        wait: Waits for the model to be opened and the data to be read.

    Raises:
        ModelError: the file is no model, or the user has to decide something; so says the message.
        DataError: the same of the data.
        StudyError: a file is missing, or the folder has a study of something else.
        SettingError: an environment variable cannot be used.
    """
    brought = _brought(model, data)
    temporary = None if out else tempfile.TemporaryDirectory(prefix="liteweigh-")
    place = Path(temporary.name, "study") if temporary else Path(out or "").resolve()
    scheduler = start_scheduler(place.parent)
    try:
        study = _reopened(place, scheduler, brought)
        if study is None:
            opening = scheduler.open_model(
                brought.model, brought.model_name, model_options, study_id=place.name
            )
            study = wait(brought.model.name, opening)
        if study.index.dataset is None:
            reading = scheduler.add_data(study, brought.files, brought.data_name, data_options)
            study = wait(brought.data_name, reading)
    except BaseException:
        _close(scheduler, temporary)
        raise
    return OpenStudy(scheduler, study, temporary)


def existing(path: str | Path) -> Path:
    """The absolute path of a file or folder.

    Raises:
        StudyError: there is none.
    """
    absolute = Path(path).resolve()
    if not absolute.exists():
        raise StudyError(f"There is no file {absolute}. Check the path.")
    return absolute


@dataclass(frozen=True)
class _Brought:
    """What the user brings, or the sample: absolute paths, and what to call them."""

    model: Path
    model_name: str
    files: DataFiles
    data_name: str


def _brought(model: str | Path | None, data: DataSource | None) -> _Brought:
    files = _files(data)
    paths = [*([files.main] if files.main else []), *files.roles.values()]
    if model is None:
        if paths:
            raise StudyError("MODEL is missing. Give a model with its data, or neither.")
        return _Brought(sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME)
    return _Brought(
        existing(model),
        Path(model).stem,
        DataFiles(
            files.main and existing(files.main),
            {role: existing(path) for role, path in files.roles.items()},
        ),
        paths[0].stem if paths else RANDOM_INPUTS,
    )


def _files(data: DataSource | None) -> DataFiles:
    if isinstance(data, DataFiles):
        return data
    if isinstance(data, Mapping):
        return DataFiles(roles=data)
    return DataFiles(Path(data)) if data else DataFiles()


def _reopened(place: Path, scheduler: Scheduler, brought: _Brought) -> Study | None:
    """The study in `place`, so that nothing is computed twice; None if there is none."""
    if not (place / INDEX).exists():
        with said_as(StudyError):
            place.parent.mkdir(parents=True, exist_ok=True)
        return None
    study = scheduler.library.open(place.name)
    if study.index.model.digest != digest(brought.model):
        raise StudyError(f"{place} is a study of another model. Choose another --out.")
    dataset = study.index.dataset
    if dataset is not None and dataset.digest != digest_of(brought.files):
        raise StudyError(f"{place} is a study with other data. Choose another --out.")
    return study
