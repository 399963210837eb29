"""measure/: the results of measurements, as plain values that a study can store as JSON.

A number that could not be measured is None, never 0, NaN or infinity.
"""

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """How well a variant does its task.

    Attributes:
        name: a name in `optimizer.measure.metrics.METRICS`.
        value: the metric over all samples; a share in 0..1 for accuracies, otherwise in the
            unit of the labels. None if the outputs hold NaN.
        low: lower end of the 95 % interval, in the unit of `value`. None if there is none.
        high: upper end of the 95 % interval.
        n: the number of samples.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Horizon:
    """How far a forecast is off at one step ahead.

    Attributes:
        step: How many steps ahead, from 1.
        mae: Mean absolute error, in the unit of the labels.
        rmse: Root of the mean squared error, likewise.
    """

    step: int
    mae: Metric
    rmse: Metric


@dataclass(frozen=True)
class Fidelity:
    """How near a variant's outputs are to the float32 variant's, without labels.

    Attributes:
        agreement: share of samples (0..1) with the same predicted class in every output, where
            positions are classified of their positions; None if the outputs are not classes.
        snr_db: signal-to-noise ratio in decibels. None if the outputs are identical (then
            `max_error` is 0) or the signal is all zero.
        max_error: largest absolute difference, in the unit of the outputs.
    """

    agreement: float | None
    snr_db: float | None
    max_error: float | None


@dataclass(frozen=True)
class Component:
    """How near one component of an output is to the float32 variant's.

    Attributes:
        number: Its place on the output's last axis, from 1.
        error: Root of the mean squared difference, in the unit of the component.
        of_spread: That, divided by the standard deviation of what float32 says there; None where
            that never varies.
        snr_db: See `Fidelity`.
    """

    number: int
    error: float
    of_spread: float | None
    snr_db: float | None


@dataclass(frozen=True)
class Nearness:
    """How near one output is to the float32 variant's, without labels.

    Attributes:
        output: The output's name.
        snr_db, max_error: See `Fidelity`; None where the outputs are not all numbers.
        components: Of values of several components each of these; empty where there are none, and
            of scores of classes.
    """

    output: str
    snr_db: float | None
    max_error: float | None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True)
class OutputJudged:
    """How well a variant does at one of several outputs that have labels of their own.

    Attributes:
        output: The output's name.
        task: What its labels are for, see `data.labels.Task`.
        metric: The task's first metric on the evaluation role; of the headline's output the one
            that was chosen.
        others: Further metrics.
        fidelity: Of this output alone, against the float32 variant's.
    """

    output: str
    task: str
    metric: Metric
    others: tuple[Metric, ...]
    fidelity: Fidelity


@dataclass(frozen=True)
class Latency:
    """How long one inference with one sample takes on this machine.

    Times are milliseconds of one invocation. Where invocations are shorter than a millisecond
    they are timed in blocks, and a time is the block's mean. What else a machine does moves all
    times of a while, and the ratio hardly. So times of a variant are in proportion to those of
    the baseline, see `beside`: time and ratio say the same.

    Attributes:
        median_ms: median wall-clock time; of a variant the ratio times the baseline's.
        p90_ms: 90th percentile of the wall-clock time, in the same proportion to what was taken.
        p99_ms: 99th percentile of the wall-clock time, likewise.
        min_ms: smallest wall-clock time, likewise.
        cpu_median_ms: median CPU time of the measuring thread, likewise; None with several threads.
        first_ms: load, allocate and first invocation.
        runs: how many times were taken.
        preempted: in how many of them the system took the CPU away.
        threads: threads of the interpreter.
        ratio: this variant's time divided by the baseline's; below 1 is faster.
        ratio_low: lower end of the ratio's 95 % interval.
        ratio_high: upper end of the ratio's 95 % interval.
        stopped_by: why measuring ended: the interval was narrow enough, or the time was up.
        xnnpack: whether operators went to XNNPACK, as they do by default on a CPU.
    """

    median_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    min_ms: float | None
    cpu_median_ms: float | None
    first_ms: float | None
    runs: int
    preempted: int
    threads: int
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    stopped_by: Literal["precision", "budget"] | None
    xnnpack: bool = True

    @classmethod
    def of_failure(cls, threads: int, *, xnnpack: bool = True) -> "Latency":
        """The latency of a file that cannot run: nothing was measured."""
        nothing = dict.fromkeys(field.name for field in fields(cls))
        known = {"runs": 0, "preempted": 0, "threads": threads, "xnnpack": xnnpack}
        return cls(**{**nothing, **known})  # type: ignore[arg-type]

    def beside(self, baseline: "Latency") -> "Latency":
        """The same ratio, with the times that it has where the baseline takes what it takes there.

        Args:
            baseline: The baseline's, in the same setting; of these rounds, or of later ones.
        """
        if not (self.ratio and self.median_ms and baseline.median_ms):
            return self
        factor = self.ratio * baseline.median_ms / self.median_ms

        def taken(ms: float | None) -> float | None:
            return ms and ms * factor

        return replace(
            self,
            median_ms=taken(self.median_ms),
            p90_ms=taken(self.p90_ms),
            p99_ms=taken(self.p99_ms),
            min_ms=taken(self.min_ms),
            cpu_median_ms=taken(self.cpu_median_ms),
        )


@dataclass(frozen=True)
class OperatorTime:
    """What one step of an inference takes.

    Attributes:
        name: where the delegate runs it the kernel's name, such as "Convolution (NHWC, F32) IGEMM";
            else the operator's, such as "CONV_2D".
        node: its place (from 0) among the operators of the main graph; None for the delegate's
            steps, which may stand for several operators.
        milliseconds: mean over the profile's runs, without those that were interrupted.
        share: of the time (0..1) of all steps.
        delegated: whether XNNPACK ran it, with a fast kernel, or the runtime's own kernel did.
    """

    name: str
    node: int | None
    milliseconds: float
    share: float
    delegated: bool


@dataclass(frozen=True)
class Profile:
    """Where the time of an inference goes, as the runtime's own profiler sees it on one thread.

    Profiling itself takes time: shares are what counts, `Latency` has the milliseconds.

    Attributes:
        operators: every step, in the order in which they run.
        runs: how many inferences the times are from.
    """

    operators: tuple[OperatorTime, ...]
    runs: int


@dataclass(frozen=True)
class Memory:
    """Memory of a process that does nothing but run the file, with one thread.

    Attributes:
        peak_bytes: the most that was resident at once, Python and the runtime included.
        model_bytes: how much of that came with the file, its buffers and what the runtime loads
            to run it; the rest was there before it was opened.
    """

    peak_bytes: int
    model_bytes: int


@dataclass(frozen=True)
class Size:
    """What the file weighs.

    Attributes:
        size_bytes: bytes of the file.
        gzip_bytes: bytes after gzip at level 6, which shows what pruning and clustering save.
    """

    size_bytes: int
    gzip_bytes: int


@dataclass(frozen=True)
class Environment:
    """Where the measurements were taken.

    Attributes:
        cpu: model name of the CPU.
        cores: logical cores.
        os: operating system and its version.
        python: version of Python.
        versions: installed versions of the libraries that matter.
    """

    cpu: str
    cores: int
    os: str
    python: str
    versions: dict[str, str]
