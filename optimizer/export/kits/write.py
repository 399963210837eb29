"""export/kits/: writes a kit for a variant of a study."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.data.dataset import DatasetRecord, read_columns
from optimizer.errors import StudyError
from optimizer.export import numbers
from optimizer.export.files import safe_name
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.inputs import KitInput, picture_of, scaling_steps
from optimizer.export.kits.kit import KITS, Kit
from optimizer.export.kits.micro_parts import unfit
from optimizer.export.kits.readings import Reading, reading_of
from optimizer.export.kits.readme import readme
from optimizer.files.atomic import written_atomically
from optimizer.files.refusal import said_as
from optimizer.jobs.inspection import Gathered, needs_tensorflow
from optimizer.measure.inside.facts import INSIDE
from optimizer.measure.metrics import METRICS
from optimizer.recipes import parse
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.tasks.gather_kit import KitTensor
from optimizer.words import in_sentence, listed

README = "README.md"
MICRO = "tflite_micro"  # among the targets of `measure.inside`
DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a zip, so that the same kit has the same bytes


def kit_name(index: StudyIndex, variant: Variant, target: str) -> str:
    """`<model>-<recipe>-<target>.zip`."""
    name = safe_name(index.model.summary.name, "model")
    return f"{name}-{parse(variant.recipe).slug}-{KITS[target].name}.zip"


def write_kit(study: Study, variant: Variant, gathered: Gathered, target: str, file: Path) -> Path:
    """Writes the kit of a variant for a target as a zip into `file`, and returns that.

    Args:
        study: Has the variant.
        variant: Which one.
        gathered: What a worker found out, see `Inspection.gather_kit`.
        target: A name from `KITS`.
        file: The zip; one that is there is replaced.

    Raises:
        StudyError: there is no such target, the file cannot run there, or the disk refuses.
    """
    kind = KITS[target]
    if reason := _not_packed_for(variant, kind):
        raise StudyError(reason)
    contents = contents_of(study, variant, gathered)
    members = kit_files(contents, kind)
    with (
        said_as(StudyError),
        written_atomically(file) as written,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, content in members.items():
            inside = zipfile.ZipInfo(f"{contents.slug}-{kind.name}/{name}", DATE)
            inside.compress_type = zipfile.ZIP_DEFLATED
            executable = name.endswith(".sh")
            inside.external_attr = (0o755 if executable else 0o644) << 16
            archive.writestr(inside, content)
    return file


def obstacle(study: Study, variant: Variant, target: str) -> str | None:
    """Why there is no kit of a variant for a target, as far as that is known before it is made."""
    kept = study.index.model.summary.select_tf_ops
    if kept:
        return needs_tensorflow(kept)
    if KITS[target].in_micro:
        return unfit(_unfit_for_micro(study, variant))
    return _not_packed_for(variant, KITS[target])


def _not_packed_for(variant: Variant, kind: Kit) -> str | None:
    """Why a file cannot run on a target, if that is because it is packed."""
    if variant.packed is None or kind.in_micro:
        return None
    return (
        f"There is no kit of {variant.recipe} for {kind.title}: a packed file runs in TFLite Micro "
        "alone. Take the recipe without its last step."
    )


def kit_files(contents: Contents, kind: Kit) -> dict[str, bytes | str]:
    """Everything that lies in a kit, by its path inside, the page first."""
    common = {f"{kind.assets}{name}": file for name, file in contents.common_files().items()}
    files = {**common, **kind.make(contents)}
    names = sorted(files)
    return {README: readme(contents, kind, names), **{name: files[name] for name in names}}


def contents_of(study: Study, variant: Variant, gathered: Gathered) -> Contents:
    """What kits are made from.

    Raises:
        StudyError: the variant's file is gone.
    """
    index, facts = study.index, gathered.facts
    record = index.dataset
    assert record is not None  # noqa: S101 (what was gathered is of its data)
    with said_as(StudyError):
        tflite = (study.folder / variant.file).read_bytes()
    columns = read_columns(study.data_folder)
    inputs = tuple(
        KitInput(
            tensor=tensor,
            called=one.name,
            shape=one.shape,
            raw=_plain_type(one.dtype),
            takes=one.input_dtype,
            steps=scaling_steps(record, place, columns.get(place)),
            picture=picture_of(one, alone=len(record.inputs) == 1, letterbox=record.letterbox),
            low=one.low,
            high=one.high,
        )
        for place, (one, tensor) in enumerate(zip(record.inputs, facts.inputs, strict=True))
    )
    return Contents(
        name=index.model.summary.name,
        slug=f"{safe_name(index.model.summary.name, 'model')}-{parse(variant.recipe).slug}",
        recipe=variant.recipe,
        sha256=variant.sha256,
        tflite=tflite,
        task=record.task.value,
        meaning=record.meaning(),
        says=_measured(variant),
        inputs=inputs,
        outputs=facts.outputs,
        output_names=_output_names(index, facts.outputs),
        readings=_readings(record, gathered, study),
        operators=facts.operators,
        whole_numbers=facts.whole_numbers,
        activations=variant.contents.arena_bytes,
        micro=facts.micro,
        unfit_for_micro=_unfit_for_micro(study, variant),
        vectors=facts.vectors,
        arrays=gathered.arrays,
        made_by="Liteweigh",
    )


def _readings(record: DatasetRecord, gathered: Gathered, study: Study) -> tuple[Reading, ...]:
    """Of all outputs that were judged; of none, where none was, each as it is."""
    facts = gathered.facts
    columns = read_columns(study.data_folder)
    judged = (record, *(record.of_further(one) for one in record.further))
    found = []
    for one, threshold, axis in zip(judged, facts.thresholds, facts.class_axes, strict=True):
        reading = reading_of(one, facts.outputs, threshold, axis, None)
        if reading.rebuilds is not None:
            steps = scaling_steps(
                one, reading.rebuilds, columns.get(reading.rebuilds), one.target_scaling
            )
            reading = replace(reading, target=steps)
        found.append(reading)
    return tuple(found)


def _output_names(index: StudyIndex, outputs: Sequence[KitTensor]) -> tuple[str, ...]:
    """As the model has them; a file may have more, and then only it tells what they are."""
    names = tuple(spec.name for spec in index.model.summary.outputs)
    same = len(names) == len(outputs)
    return names if same else tuple(one.name for one in outputs)


def _unfit_for_micro(study: Study, variant: Variant) -> str:
    """What TFLite Micro has no kernel for, in a phrase; empty where it has, or nobody knows."""
    if variant.runs_on.get(MICRO) is not False or variant.inside is None:
        return ""
    verdicts = INSIDE.read(study.folder / variant.inside).verdicts
    obstacles = [one for each in verdicts if each.key == MICRO for one in each.obstacles]
    return listed([f"{one.what} ({one.reason})" for one in obstacles], 3)


def _measured(variant: Variant) -> str:
    if variant.metric is None or variant.metric.value is None:
        return ""
    metric = variant.metric
    return (
        f"On {metric.n:,} evaluation samples: {in_sentence(METRICS[metric.name].title)} "
        f"{numbers.metric(metric)} ({numbers.interval(metric)}, 95 %)."
    )


def _plain_type(name: str) -> str:
    return {"bool": "uint8", "float16": "float32"}.get(name, name)
