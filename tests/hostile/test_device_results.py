"""tests of hostile files: what a device is said to have measured is held against itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.devices.measured import MOST_BYTES
from optimizer.errors import DeviceError
from optimizer.jobs.scheduler import Scheduler
from optimizer.reporting import Report
from optimizer.store.mark import mark_of
from optimizer.store.study import Study
from optimizer.tasks.read_device_result import KnownFile, ReadDeviceResult
from tests.devices import bundles
from tests.refused import refused

Golden = Callable[[], Study]
Edit = Callable[[Any], Any]


@pytest.fixture
def read(golden: Golden, tmp_path: Path) -> Callable[[Path], object]:
    """Reads a result for the golden study, as a worker does."""
    index = golden().index
    known = tuple(KnownFile(one.recipe, one.sha256, True) for one in index.variants)

    def silent(stage: str, share: float) -> None:
        pass

    report: Report = silent
    return lambda file: ReadDeviceResult(
        out=tmp_path, file=file, mark=mark_of(index), known=known
    ).run(report)


def at(content: Any, *path: Any) -> Any:
    """What stands at a place."""
    for key in path:
        content = content[key]
    return content


def put(value: Any, *path: Any) -> Edit:
    """Writes a value to a place; a function makes it of what stands there."""

    def edit(content: Any) -> Any:
        holder = at(content, *path[:-1])
        old = holder[path[-1]] if isinstance(holder, list) or path[-1] in holder else None
        holder[path[-1]] = value(old) if callable(value) else value
        return content

    return edit


def both(*edits: Edit) -> Edit:
    """Several, one after the other."""

    def edit(content: Any) -> Any:
        for one in edits:
            content = one(content)
        return content

    return edit


def longer(times: float) -> Edit:
    """All of one file's times are longer, and what is said of them agrees."""
    return both(
        put(lambda wall: [[[t and t * times for t in r] for r in s] for s in wall], "wall_ms"),
        *(put(lambda old: old and old * times, "files", n, "median_ms") for n in range(3)),
    )


def swapped(content: Any) -> Any:
    """The first two files with all that is said of them in each other's place."""
    content["files"][:2] = content["files"][1::-1]
    for name in ("wall_ms", "cpu_ms", "preempted"):
        for sitting in content[name]:
            for line in sitting:
                line[:2] = line[1::-1]
    for number in range(3):
        content["files"][number]["ratio"] = None
    from optimizer.devices.result_file import ResultPart, _times

    times = _times(ResultPart.model_validate_json(json.dumps(content)))
    for number in range(3):
        told = times.latency(number, threads=content["threads"], first_ms=None, stopped_by="budget")
        content["files"][number] |= {"ratio": told.ratio, "median_ms": told.median_ms}
    return content


EDITS: dict[str, tuple[Edit, str]] = {
    "another study": (put("f" * 64, "study"), "another study"),
    "another file": (put("e" * 64, "files", 1, "sha256"), "does not have"),
    "a file under another name": (put("float32", "files", 1, "recipe"), "calls “float32”"),
    "the baseline is not first": (swapped, "not this study's baseline"),
    "a faster median": (put(0.001, "files", 1, "median_ms"), "the median of “int8”"),
    "a faster ratio": (put(0.25, "files", 1, "ratio"), "the ratio to the baseline of “int8”"),
    "no ratio": (put(None, "files", 1, "ratio"), "not there"),
    "more times than there are": (put(lambda n: n + 1, "files", 0, "runs"), "it counts"),
    "fewer interruptions": (put(lambda n: n + 7, "files", 0, "preempted"), "it counts"),
    "times that add up to hours": (longer(10_000), "add up to"),
    "times of no time": (put(0.0, "wall_ms", 0, 0, 1), "0 ms"),
    "times that run backwards": (put(-1.0, "wall_ms", 0, 0, 1), "greater than or equal to 0"),
    "more CPU time than time": (
        put(lambda cpu: [[[t and 50 + t * 9 for t in r] for r in s] for s in cpu], "cpu_ms"),
        "more CPU time than time",
    ),
    "CPU time without time": (put(None, "wall_ms", 0, 0, 1), "CPU time where there is no time"),
    "a file that fails and has times": (put("it broke", "files", 1, "error"), "has times"),
    "one file twice": (
        lambda c: put(c["files"][1]["sha256"], "files", 2, "sha256")(c), "stands in it twice"
    ),
    "ragged lists": (put([[1.0]], "wall_ms", 0), "different lengths"),
    "lists of other sizes": (put([], "cpu_ms"), "different sizes"),
    "a time too few": (
        both(*(put([[[1]]], name) for name in ("wall_ms", "cpu_ms", "preempted"))),
        "a time for each of its files",
    ),
    "more alike than compared": (
        put(1000, "files", 1, "outputs", 0, "same_top"), "more outputs are alike"
    ),
    "more memory than there is": (
        put({"peak_bytes": 1, "model_bytes": 2}, "files", 0, "memory"), "more memory"
    ),
    "a field that nobody knows": (put(1, "files", 0, "surprise"), "surprise"),
    "a field less": (lambda c: {k: v for k, v in c.items() if k != "after"}, "after"),
    "a number that is a text": (put("3", "threads"), "threads"),
    "a page of text for a name": (put("x" * 10_000, "device", "board"), "device.board"),
    "another format": (put("something else", "format"), "no result of a bundle"),
    "a later schema": (put(2, "schema"), "is of schema 2"),
    "no files": (put([], "files"), "files"),
}  # fmt: skip


def test_control_what_the_program_wrote_is_read(
    read: Callable[[Path], object], result: Path
) -> None:
    """The control: the same file, as it is."""
    assert read(result)


@pytest.mark.parametrize("what", EDITS)
def test_a_result_that_cannot_be_is_refused(
    what: str, read: Callable[[Path], object], result: Path, tmp_path: Path
) -> None:
    edit, said = EDITS[what]
    edited = bundles.put(edit(bundles.read(result)), tmp_path / "edited.json")
    with refused(DeviceError, said):
        read(edited)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999"])
def test_what_is_no_number_is_refused(
    text: str, read: Callable[[Path], object], result: Path, tmp_path: Path
) -> None:
    content = bundles.read(result)
    content["wall_ms"][0][0][0] = "HERE"
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(content).replace('"HERE"', text))
    with refused(DeviceError):
        read(file)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"[]", b"null", b"{}", b'{"format": 3}'],
    ids=["nothing", "half", "deep", "bytes", "list", "null", "empty", "a number"],
)
def test_what_is_no_result_is_refused(
    content: bytes, read: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(content)
    with refused(DeviceError, "no result"):
        read(file)


def test_a_huge_file_is_refused_before_it_is_read(
    golden: Golden, scheduler: Scheduler, read: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as written:
        written.truncate(MOST_BYTES + 1)  # a hole, which takes no disk
    with refused(DeviceError, "67 MB", "Choose the result.json"):
        scheduler.import_result(golden(), file).result()
    with refused(DeviceError, "67 MB"):
        read(file)


def test_a_refused_result_leaves_the_study_as_it_was(
    golden: Golden, scheduler: Scheduler, result: Path, tmp_path: Path
) -> None:
    """By the way of the app: a confined worker reads it."""
    study = golden()
    before = study.index
    edited = bundles.put(
        put(0.001, "files", 1, "median_ms")(bundles.read(result)), tmp_path / "edited.json"
    )
    with refused(DeviceError, "contradicts itself"):
        scheduler.import_result(study, edited).result()
    assert study.index == before
    assert not (study.folder / "devices").exists()
