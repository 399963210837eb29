"""optimizer/: the public face: a study in three lines of Python."""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from optimizer import sample
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.decide import decide
from optimizer.choose.limit_texts import LimitTexts
from optimizer.choose.pareto import front
from optimizer.choose.quick_search import QuickSearch
from optimizer.choose.side_by_side import SideBySide, side_by_side
from optimizer.choose.succession import Successor, succession
from optimizer.data.data_options import RANDOM_INPUTS, DataFiles, DataOptions, Role
from optimizer.data.reading import digest_of
from optimizer.devices.estimates import Estimate
from optimizer.devices.kept import KeptDevice
from optimizer.devices.measured import DeviceRun
from optimizer.devices.ssh import parse_address, parse_python
from optimizer.devices.vela import USUAL
from optimizer.devices.wheels import parse_platform
from optimizer.errors import Decision, JobError, StudyError
from optimizer.export.card.write import CARD, write_card
from optimizer.export.device_bundle import SECONDS as BUNDLE_SECONDS
from optimizer.export.kits import KITS
from optimizer.export.kits.write import contents_of, write_kit
from optimizer.export.lines import line
from optimizer.export.metadata import Texts, described
from optimizer.export.on_device import make_bundle, run_on
from optimizer.export.report.write import write_report
from optimizer.export.results import write_results
from optimizer.export.script.write import write_script
from optimizer.files.atomic import made_atomically, write_atomically
from optimizer.files.refusal import said_as
from optimizer.jobs.local import start_scheduler, stop_scheduler
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.sensitivity import Sensitivity
from optimizer.models.applications import NAMES
from optimizer.models.open_options import OpenOptions
from optimizer.store.records import Remark, Status, Variant
from optimizer.store.remarks import remark_on
from optimizer.store.staging import Staging
from optimizer.store.study import INDEX, LOCK, Study, no_study_in, read_index
from optimizer.sweeps import expand
from optimizer.tasks.open_model import model_digest
from optimizer.techniques.scheme import FloatOperator
from optimizer.words import listed
from optimizer.workers.user_folder import user_folder

T = TypeVar("T")
AS_FOUND, NOT_DECIDED, NOTHING_SAID = OpenOptions(), DataOptions(), Texts()
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

    def __init__(self, scheduler: Scheduler, study: Study, folder: Staging | None) -> None:
        """Made by `liteweigh.open`; a `folder` for the time being goes when it is closed."""
        self.scheduler, self.study = scheduler, study
        self._close = weakref.finalize(self, _close, scheduler, folder)

    def run(self, *recipes: str) -> None:
        """Makes a variant of each recipe and measures it; what is there is not made again.

        `prune(final_sparsity=0.5..0.9/5)+int8` stands for five recipes, see `sweeps`.

        >>> study.run("int8", "dynamic_range")
        >>> study["dynamic_range"].size_bytes < study["float32"].size_bytes
        True

        Raises:
            RecipeError: a recipe cannot be read, or does not fit the model or the data; nothing
                is started.
            JobError: some failed; the others are there.
        """
        each = [recipe for text in recipes for recipe in expand(text)]
        self._wait_for(self.scheduler.start(self.study, each))

    def _wait_for(self, started: Sequence[str]) -> None:
        """Raises what went wrong with jobs, once they have ended."""
        self.scheduler.wait(self.study)
        jobs = [job for job in self.study.index.jobs if job.id in started]
        failed = [job for job in jobs if job.status is not Status.DONE]
        if failed:
            raise JobError(
                "\n".join(f"{job.recipe}: {job.error or job.status.value}" for job in failed)
            )

    def add(self, file: str | Path, name: str = "") -> Variant:
        """Measures a finished `.tflite`, a colleague's or another tool's, as one more variant.

        >>> vendor = study.add(study.file("float16"), name="vendor")
        >>> vendor.metric.value == study["float16"].metric.value
        True

        Args:
            file: The `.tflite`; it must take and give what the model does.
            name: What to call it; without one, as the file is called.

        Raises:
            RecipeError: it is no `.tflite`.
            StudyError: there is no such file, or the disk takes nothing.
            JobError: it does not fit the model, or cannot be run; the message says why.
        """
        path = existing(file)
        recipe, started = self.scheduler.add_file(self.study, path, name or path.stem)
        self._wait_for(started)
        return self[str(recipe)]

    def operators(self) -> tuple[FloatOperator, ...]:
        """The operators of the float `.tflite`, by the numbers that `mixed` names them by.

        >>> [(operator.number, operator.name) for operator in study.operators()][0]
        (0, 'CONV_2D')
        """
        return self.scheduler.operators(self.study).result()

    def sensitivity(self, *, metric: bool = False) -> Sensitivity:
        """What each operator of the float `.tflite` costs int8; measured once, then kept.

        >>> found = study.sensitivity()
        >>> found.loudest()[0].alone_db == min(one.alone_db for one in found.loudest())
        True

        Args:
            metric: Whether to measure the metric on the tuning role too, of two files for each
                operator; takes long where the role is large.

        Raises:
            StudyError: the model or the data do not allow it; the message says why.
            ConversionError: the quantizer refuses the model.
        """
        return self.scheduler.sensitivity(self.study, metric=metric).result()

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
        return self.study.made(recipe)

    def compare(self) -> list[Comparison]:
        """Each variant beside the baseline, with the difference and whether it is more than noise.

        >>> baseline, float16, *_ = study.compare()
        >>> float16.difference.low <= float16.difference.value <= float16.difference.high
        True
        """
        return compare(self.study)

    def side_by_side(self, first: str, second: str) -> SideBySide:
        """What differs between two variants, and the samples on which they disagree.

        >>> pair = study.side_by_side("float32", "int8")
        >>> [(setting.first, setting.second) for setting in pair.recipe]
        [('float32', 'int8')]

        Raises:
            StudyError: one was not run, they are the same, or a file of one is damaged.
        """
        return side_by_side(self.study, self[first].recipe, self[second].recipe)

    def beside(self, earlier: str | Path) -> list[Successor]:
        """What each recipe made of this model and of an earlier study's, paired over samples.

        >>> [one.worse for one in study.beside(study.save("earlier").parent)][:1]
        [False]

        Args:
            earlier: The folder of the study, see `like` in `liteweigh.open`.

        Raises:
            StudyError: there is none, another process has it open, or a file of it is damaged.
        """
        other = Study(Path(earlier).resolve())
        try:
            return succession(other, self.study)
        finally:
            other.close()

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
        io: str = "",
        device: str = "",
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
            io: The type of inputs and outputs: "int8".
            device: On which a latency holds: an id or a name of `study.index.devices`.

        Raises:
            LimitError: one cannot be read. An empty one leaves the study's as it is.
        """
        texts = LimitTexts(
            max_loss, max_size, max_memory, max_latency, must_run, confidence, io, device
        )
        return decide(self.study, texts.over(self.study.index))

    def search(self) -> Choice:
        """Tries what may be smallest under the study's limits, and proves the best of it.

        The limits are those of the last `choose`. Nothing is trained, and nothing that is there is
        tried again. What was tried stands in `study.index.tried`.

        >>> study.choose(max_loss="1").limits.loss.value
        0.01
        >>> study.search().verdict
        'held'

        Raises:
            StudyError: there are no data that tell what a file loses.
            JobError: it ended early; what was found stays.
        """
        begun = self.scheduler.search(self.study, QuickSearch(self.scheduler))
        try:
            begun.wait()
        except BaseException:  # Ctrl+C
            begun.stop()
            raise
        if begun.error:
            raise JobError(begun.error)
        return decide(self.study)

    def remark(
        self,
        recipe: str,
        *,
        pinned: bool | None = None,
        hidden: bool | None = None,
        note: str | None = None,
    ) -> Remark:
        """Pins, hides or notes a variant; what is None stays as it is, and no choice depends on it.

        >>> study.remark("float16", pinned=True, note="for the demo").note
        'for the demo'

        Raises:
            StudyError: it was not run, or the note is too long.
        """
        text = self[recipe].recipe
        return remark_on(self.study, text, pinned=pinned, hidden=hidden, note=note)

    def file(self, recipe: str) -> Path:
        """Where the `.tflite` that a recipe made lies; it is gone with the study.

        >>> study.file("float16").stat().st_size == study["float16"].size_bytes
        True

        Raises:
            StudyError: it was not run.
        """
        return self.study.folder / self[recipe].file

    def report(self, file: str | Path) -> Path:
        """Writes the study as one HTML page that opens without a network, and prints.

        It has the choice under the study's limits with its proof, every file in a chart and in
        numbers, what was tried, and where all of it is from; its numbers are those of
        `results.json`.

        >>> study.report("report.html").name
        'report.html'

        Args:
            file: The page; one that is there is replaced.

        Raises:
            StudyError: the disk does not take it.
        """
        return write_report(self.study, Path(file).absolute())

    def card(self, recipe: str, file: str | Path = CARD, licence: str = "") -> Path:
        """Writes a model card: YAML that the Hugging Face Hub reads, and a page for people.

        >>> study.card("float16", "README.md", "apache-2.0").name
        'README.md'

        Args:
            recipe: Of the variant.
            file: The card; one that is there is replaced.
            licence: As the Hub calls it; without one the card names none.

        Raises:
            StudyError: it was not run, there is no such licence, or the disk takes nothing.
        """
        return write_card(self.study, self[recipe], Path(file).absolute(), licence)

    def script(self, recipe: str, file: str | Path) -> tuple[Path, ...]:
        """Writes a Python file that makes a variant again, without Liteweigh.

        >>> [file.name for file in study.script("float16", "make.py")]
        ['make.py']

        Args:
            recipe: Of the variant.
            file: The script; a notebook where it ends with `.ipynb`.

        Returns:
            What was written: the script, and beside it samples that the data's file does not have.

        Raises:
            StudyError: it was not run, no script makes such a variant, or the disk takes nothing.
        """
        return write_script(self.study, self[recipe], Path(file).absolute())

    def kit(self, recipe: str, target: str, file: str | Path) -> Path:
        """Writes a zip that builds as it is: a variant's file, code that feeds and reads it, tests.

        >>> study.kit("float16", "python", "kit.zip").name
        'kit.zip'

        Args:
            recipe: Of the variant.
            target: Where it is to run: a name from `liteweigh kit --help`, such as "cpp".
            file: The zip; one that is there is replaced.

        Raises:
            StudyError: it was not run, there is no such target, or the disk takes nothing.
            MeasurementError: the file cannot be run here, so that there would be no test vectors.
        """
        variant = self[recipe]
        place = Path(file).absolute()
        gathering = self.scheduler.gather_kit(self.study, variant, in_micro=KITS[target].in_micro)
        gathered = gathering.result()
        return write_kit(self.study, variant, gathered, target, place)

    def metadata(self, recipe: str, file: str | Path, texts: Texts = NOTHING_SAID) -> Path:
        """Writes a copy of a variant's file with TFLite metadata: names, scaling, labels.

        >>> study.metadata("float16", "described.tflite").name
        'described.tflite'

        Args:
            recipe: Of the variant.
            file: The `.tflite`; one that is there is replaced.
            texts: What only the user can say: a description, a licence.

        Raises:
            StudyError: it was not run, or the disk takes nothing.
            MeasurementError: the file cannot be run here, or computes something else then.
        """
        variant = self[recipe]
        place = Path(file).absolute()
        gathered = self.scheduler.gather_kit(self.study, variant).result()
        said = described(contents_of(self.study, variant, gathered), texts)
        made = self.scheduler.describe(self.study, variant, said).result()
        with said_as(StudyError):
            write_atomically(place, made)
        return place

    def device_bundle(
        self,
        file: str | Path,
        *recipes: str,
        wheels: str = "",
        seconds: float = BUNDLE_SECONDS,
    ) -> Path:
        """Writes a zip that times variants on another machine, and compares what they say there.

        >>> study.device_bundle("board.zip", "float16").name
        'board.zip'

        On the device: `unzip board.zip && python3 */run.py`; then `import_result` here.

        Args:
            file: The zip; one that is there is replaced.
            recipes: Of the variants that go along with the baseline; without any all that run here.
            wheels: A machine and a Python, such as "aarch64,cp311": NumPy and LiteRT for it are
                fetched from the package index, and go along.
            seconds: Of timing there for each file.

        Raises:
            StudyError: one was not run, or the disk takes nothing.
            DeviceError: the wheels could not be had.
        """
        place = Path(file).absolute()
        platform = parse_platform(wheels) if wheels else None
        each = [str(recipe) for text in recipes for recipe in expand(text)]
        return make_bundle(
            self.scheduler, self.study, place, each, platform=platform, seconds=seconds
        ).result()

    def run_on(
        self,
        address: str,
        *recipes: str,
        name: str = "",
        python: str = "python3",
        seconds: float = BUNDLE_SECONDS,
    ) -> DeviceRun:
        """Times variants on a machine that ssh reaches, and compares what they say there.

        `study.run_on("pi@raspberrypi.local", "int8").files[1].latency.ratio`

        Args:
            address: As `ssh` takes it; keys and known hosts are the user's own.
            recipes: Of the variants that go along with the baseline; without any all that run here.
            name: What the device is called in the study.
            python: The program that is Python there.
            seconds: Of timing there for each file.

        Raises:
            DeviceError: it cannot be reached or used; the message says why.
            StudyError: a variant was not run.
        """
        device = KeptDevice(name, parse_address(address).text, parse_python(python))
        each = [str(recipe) for text in recipes for recipe in expand(text)]
        return run_on(self.scheduler, self.study, device, each, seconds=seconds).result()

    def import_result(self, file: str | Path, name: str = "") -> DeviceRun:
        """Takes in what a device has measured with a bundle of this study.

        `study.import_result("result.json").files[1].latency.ratio`

        Args:
            file: The result.json that the bundle's program wrote.
            name: What the device is called; without one as it calls itself.

        Raises:
            DeviceError: it is none, contradicts itself, or is not about this study's files.
        """
        return self.scheduler.import_result(self.study, existing(file), name).result()

    def estimate(self, *recipes: str, accelerators: Sequence[str] = USUAL) -> tuple[Estimate, ...]:
        """What variants need on chips that are not here: the arena in TFLite Micro, and Ethos-U.

        >>> [one.recipe for one in study.estimate("float16")]
        ['float32', 'float16']

        Args:
            recipes: Of the variants, beside the baseline; without any all that run here.
            accelerators: What Vela compiles for, such as "ethos-u55-128".

        Raises:
            StudyError: one was not run.
            DeviceError: there is no such accelerator.
        """
        each = [str(recipe) for text in recipes for recipe in expand(text)]
        return self.scheduler.estimate(self.study, each, accelerators).result()

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


def _close(scheduler: Scheduler, folder: Staging | None) -> None:
    stop_scheduler(scheduler)
    if folder:
        folder.close()


def _for_the_time_being() -> Staging:
    """Takes a study that nobody keeps; what processes left there that were killed is deleted."""
    try:
        place = user_folder()
    except OSError:
        place = Path(tempfile.mkdtemp(prefix="liteweigh-"))
    staging = Staging(place)
    staging.sweep()
    return staging


def open_study(  # noqa: PLR0913 (each is something else that a user may bring)
    model: str | Path | None = None,
    data: DataSource | None = None,
    *,
    like: str | Path | None = None,
    out: str | Path | None = None,
    model_options: OpenOptions = AS_FOUND,
    architecture: str | Path | None = None,
    code: str | Path | None = None,
    data_options: DataOptions = NOT_DECIDED,
    choice: Decision | None = None,
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
        like: In place of data the folder of a study: its data serve, with all that was decided
            about them, and its limits; see `OpenStudy.beside`.
        out: The folder that keeps the study; one of the same model and data is gone on with. Where
            none is given the study is gone once it is closed; `OpenStudy.save` copies it.
        model_options: What only the user can say about the model's file.
        architecture: Where the file has weights alone: its model.json, or the name of a network of
            keras.applications.
        code: A Python file that defines layers which the model's file only names. It is run.
        data_options: What only the user can say about the data: a label column, a scaling.
        choice: One of the `choices` of an `UndecidedError` that this has raised before.
        wait: Waits for the model to be opened and the data to be read.

    Raises:
        UndecidedError: the user has to decide something; the message says what, and `choices` has
            what can be decided.
        ModelError: the file is no model.
        DataError: the same of the data.
        StudyError: a file is missing, or the folder has a study of something else.
        SettingError: an environment variable cannot be used.
    """
    model_options, data_options = _decided(model_options, data_options, choice)
    model_options, description = with_architecture(model_options, architecture)
    brought = _brought(model, data, description, existing(code) if code else None)
    if like and (model is None or data is not None):
        raise StudyError("A study's data serve a model. Give the model, and no other data.")
    temporary = None if out else _for_the_time_being()
    place = temporary.folder() / "study" if temporary else Path(out or "").resolve()
    if like and replace(data_options, assume=False) != NOT_DECIDED:
        raise StudyError("A study's data come with what was decided of them. Leave options out.")
    if like and Path(like).resolve() == place:
        raise StudyError("The earlier study stays as it is. Choose another folder for the new one.")
    scheduler = start_scheduler(place.parent)
    try:
        earlier = Study(Path(like).resolve()) if like else None
    except BaseException:
        _close(scheduler, temporary)
        raise
    try:
        study = _reopened(place, scheduler, brought, earlier, data_options)
        if study is None:
            opening = scheduler.open_model(
                brought.model,
                brought.model_name,
                model_options,
                study_id=place.name,
                architecture=brought.architecture,
                code=brought.code,
            )
            study = wait(brought.model.name, opening)
        if study.index.dataset is None and earlier:
            dataset = earlier.index.dataset
            name = dataset.name if dataset else ""
            study = wait(name, scheduler.add_data_of(study, earlier))
            decide(study, earlier.index.limits)
        elif study.index.dataset is None:
            reading = scheduler.add_data(study, brought.files, brought.data_name, data_options)
            study = wait(brought.data_name, reading)
    except BaseException:
        _close(scheduler, temporary)
        raise
    finally:
        if earlier:
            earlier.close()
    return OpenStudy(scheduler, study, temporary)


def _decided(
    model: OpenOptions, data: DataOptions, choice: Decision | None
) -> tuple[OpenOptions, DataOptions]:
    """The options with what was chosen, which belongs to one of both."""
    if choice is None:
        return model, data
    of_data = {one.name for one in fields(DataOptions)}
    if of_data.issuperset(choice.settings):
        return model, data.decided(choice)
    return model.decided(choice), data


def reopen(folder: str | Path) -> OpenStudy:
    """Opens a study that is there, and starts worker processes for what is made in it.

    Raises:
        StudyError: there is none in that folder, or another process has it open.
        SettingError: an environment variable cannot be used.
    """
    place = Path(folder).resolve()
    if not (place / INDEX).is_file():
        raise no_study_in(place)
    scheduler = start_scheduler(place.parent)
    try:
        return OpenStudy(scheduler, scheduler.library.open(place.name), None)
    except BaseException:
        _close(scheduler, None)
        raise


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
    architecture: Path | None = None
    code: Path | None = None


def with_architecture(
    options: OpenOptions, architecture: str | Path | None
) -> tuple[OpenOptions, Path | None]:
    """The options with a network's name, or the path of a model.json; whichever it is.

    Raises:
        StudyError: it is neither.
    """
    if not architecture:
        return options, None
    if str(architecture) in NAMES:
        return replace(options, architecture=str(architecture)), None
    if not Path(architecture).is_file():
        raise StudyError(
            f"“{architecture}” is neither a file nor a network of keras.applications. Give a "
            f"model.json, or one of {listed(NAMES, len(NAMES))}."
        )
    return options, existing(architecture)


def _brought(
    model: str | Path | None, data: DataSource | None, architecture: Path | None, code: Path | None
) -> _Brought:
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
        architecture,
        code,
    )


def _files(data: DataSource | None) -> DataFiles:
    if isinstance(data, DataFiles):
        return data
    if isinstance(data, Mapping):
        return DataFiles(roles=data)
    return DataFiles(Path(data)) if data else DataFiles()


def _reopened(
    place: Path,
    scheduler: Scheduler,
    brought: _Brought,
    earlier: Study | None,
    options: DataOptions,
) -> Study | None:
    """The study in `place`, so that nothing is computed twice; None if there is none."""
    if not (place / INDEX).exists():
        with said_as(StudyError):
            place.parent.mkdir(parents=True, exist_ok=True)
        return None
    study = scheduler.library.open(place.name)
    if study.index.model.digest != model_digest(brought.model, brought.architecture, brought.code):
        raise StudyError(f"{place} is a study of another model. Choose another --out.")
    dataset = study.index.dataset
    wanted = earlier.index.dataset if earlier else None
    digest = wanted.digest if wanted else digest_of(brought.files)
    if dataset is not None and dataset.digest != digest:
        raise StudyError(f"{place} is a study with other data. Choose another --out.")
    if dataset is not None and options.letterbox and not dataset.letterbox:
        raise StudyError(
            f"The pictures of {place} were stretched when they were read. Choose another --out."
        )
    return study
