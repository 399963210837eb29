"""export/: what a device has measured, in lines for the terminal."""

from collections.abc import Iterator

from optimizer.devices.device import Device
from optimizer.devices.measured import DeviceRun, DeviceState, FileThere
from optimizer.export import numbers
from optimizer.export.lines import named
from optimizer.store.device_runs import found_there, runs_on
from optimizer.store.records import StudyIndex
from optimizer.words import counted


def device_of(index: StudyIndex, run: DeviceRun) -> Device:
    """The device of a run."""
    return next(one for one in index.devices if one.id == run.device)


def device_lines(index: StudyIndex, device: Device) -> Iterator[str]:
    """What it is, how often it measured, and when last."""
    about = ", ".join(dict.fromkeys((device.name, device.cpu, counted(device.cores, "core"))))
    if device.by == "app":
        files = sum(one.device == device.id and one.latency is not None for one in index.variants)
        yield f"{about}: timed by Liteweigh, {counted(files, 'variant')}"
        return
    runs = list(runs_on(index, device.id))
    files = sum(found_there(index, one, device.id) is not None for one in index.variants)
    throttled = ", throttled" if runs and runs[0].throttled else ""
    last = f", last {runs[0].began:%Y-%m-%d %H:%M}{throttled}" if runs else ""
    yield f"{about}: {counted(len(runs), 'run')} of a bundle, {counted(files, 'variant')}{last}"


def run_lines(index: StudyIndex, run: DeviceRun) -> Iterator[str]:
    """The device, how it was held back, and a line for each file."""
    device = device_of(index, run)
    about = ", ".join(dict.fromkeys((device.name, device.cpu, counted(device.cores, "core"))))
    yield f"{about}: {state_in_words(run.before, run.after)}"
    if run.throttled:
        yield f"warning: it throttled while it measured. {' '.join(run.throttled)}"
    for file in run.files:
        yield f"{named(file.recipe)} {file_in_words(file)}"
        if file.differs:
            yield f"warning: {file.recipe}: {file.differs}"


def file_in_words(file: FileThere) -> str:
    """`1.23 ms  0.50 (0.49 to 0.51) of the baseline`, or why there is nothing."""
    if file.error:
        return f"cannot be run there: {file.error}"
    if file.latency is None:
        return "was not timed there"
    return f"{numbers.milliseconds(file.latency.median_ms):>9}  {ratio_in_words(file)}".rstrip()


def ratio_in_words(file: FileThere) -> str:
    """`2.1× faster (2.06× to 2.13×)`; empty where there is no ratio."""
    latency = file.latency
    if latency is None or latency.ratio is None:
        return ""
    if latency.ratio_low == latency.ratio_high == 1:
        return "the baseline"
    if latency.ratio_low is None:
        return f"{numbers.ratio(latency)}, from too few times for an interval"
    return f"{numbers.ratio(latency)} ({numbers.ratio_interval(latency)})"


def state_in_words(before: DeviceState, after: DeviceState) -> str:
    """How its clock is governed, at which frequency it was, and how warm."""
    parts = []
    if before.governor:
        parts.append(f"governor {before.governor}")
    for said, first, last in (
        ("{} MHz", before.frequency_mhz, after.frequency_mhz),
        ("{} °C", before.celsius, after.celsius),
    ):
        if first is not None and last is not None:
            both = (
                f"{first:,.0f}" if round(first) == round(last) else f"{first:,.0f} to {last:,.0f}"
            )
            parts.append(said.format(both))
    return ", ".join(parts) or "it tells neither its clock's frequency nor its temperature"
