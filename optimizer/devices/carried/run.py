"""Times the files beside it on this machine, and compares what they say with what they should.

    python3 run.py

It needs Python 3.10 or later, NumPy and LiteRT, and no network; where there is a folder `wheels`,
they come from there, and nothing is installed. It writes `result.json`, which Liteweigh reads: on
the page Devices, or by `liteweigh device import STUDY result.json`.

Measured is as Liteweigh measures at home: all files in turn, in random order, opened anew for each
sitting, each beside the first one, the baseline.
"""

import argparse
import hashlib
import json
import math
import os
import platform
import random
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WHEELS, PACKAGES = HERE / "wheels", HERE / ".packages"
INSTALL = '%s -m pip install numpy ai-edge-litert "backports.strenum<1.3"'
CANNOT = 4  # how this program ends where it cannot begin


def unpack_wheels() -> None:
    """Makes the packages of the folder `wheels` importable here, if there is one."""
    if not WHEELS.is_dir():
        return
    done = PACKAGES / "done"
    if not done.exists():
        for wheel in sorted(WHEELS.glob("*.whl")):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(PACKAGES)
        done.touch()
    sys.path.insert(0, str(PACKAGES))


unpack_wheels()
try:
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
except ImportError as error:
    made_for = sorted({name.stem.split("-", 2)[2] for name in WHEELS.glob("numpy-*.whl")})
    print(
        f"NumPy or LiteRT cannot be loaded: {error}.\n"
        + (f"The wheels in this bundle are for {', '.join(made_for)}; " if made_for else "")
        + f"this is Python {platform.python_version()} on {platform.machine()}.\nInstall both "
        f"({INSTALL % sys.executable}), or make a bundle with the wheels of this machine.",
        file=sys.stderr,
    )
    sys.exit(CANNOT)

SCHEMA = 1
BUNDLE = HERE / "bundle.json"
ROUNDS = 5  # in one sitting, where the budget allows
SITTINGS = 20  # between looks at the intervals; as many should fit into the budget
MOST_SITTINGS = 10_000
WARM_UP_SHARE = 0.1  # of the budget, at most, for all files together
MOST_WARM_UPS = 100_000
BLOCK_MS = 1.0
ALIKE = 4  # times slower or faster than the baseline, up to which files are invoked equally often
JUMP = 1_000  # times as long as when warm is no inference: the machine slept
PRECISION = 0.02
BATCHES = 10
NORMAL, STUDENT = 1.959964, 2.262157  # 97.5 % of the normal, and of Student's t with 9 degrees
CHECK_SECONDS = 600  # for opening one file and running its samples

ARM_PARTS = {
    "0xd03": "Cortex-A53", "0xd04": "Cortex-A35", "0xd05": "Cortex-A55", "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72", "0xd09": "Cortex-A73", "0xd0a": "Cortex-A75", "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1", "0xd0d": "Cortex-A77", "0xd40": "Neoverse-V1", "0xd41": "Cortex-A78",
    "0xd46": "Cortex-A510", "0xd47": "Cortex-A710", "0xd48": "Cortex-X2", "0xd49": "Neoverse-N2",
    "0xd4f": "Neoverse-V2",
}  # fmt: skip
"""Parts of the implementer 0x41, from Linux's arch/arm64/include/asm/cputype.h."""


class Runner:
    """One file, opened with one thread or more; its inputs come as the file takes them."""

    def __init__(self, file: Path, example: Sequence[Any], threads: int) -> None:
        self.xnnpack = True
        try:
            self._open(file, example, threads)
        except RuntimeError as error:
            if "XNNPack" not in str(error):  # it cannot prepare one of the operators
                raise
            self.xnnpack = False
            self._open(file, example, threads)
        self.invoke: Callable[[], None] = self._interpreter.invoke

    def _open(self, file: Path, example: Sequence[Any], threads: int) -> None:
        kind = OpResolverType.AUTO
        if not self.xnnpack:
            kind = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self._interpreter = Interpreter(
            model_path=str(file), num_threads=threads, experimental_op_resolver_type=kind
        )
        self._inputs = self._interpreter.get_input_details()
        for tensor, values in zip(self._inputs, example, strict=True):
            if tuple(tensor["shape"]) != values.shape:
                self._interpreter.resize_tensor_input(tensor["index"], values.shape)
        self._interpreter.allocate_tensors()

    def feed(self, sample: Sequence[Any]) -> None:
        """Copies one sample into the interpreter."""
        for tensor, values in zip(self._inputs, sample, strict=True):
            self._interpreter.set_tensor(tensor["index"], values)

    def run(self, sample: Sequence[Any]) -> list[Any]:
        """The outputs of one sample, as the file has them."""
        self._interpreter.reset_all_variables()
        self.feed(sample)
        self.invoke()
        return [
            self._interpreter.get_tensor(tensor["index"])
            for tensor in self._interpreter.get_output_details()
        ]


class Contender:
    """A file that runs, with how long a warm inference takes."""

    def __init__(self, file: Path, samples: Sequence[Sequence[Any]], threads: int) -> None:
        self._file, self.samples, self._threads = file, samples, threads
        self.warm_ms, self.repeats = 1.0, 1  # of one inference, and how many are in one block

    def open(self) -> Runner:
        """Opens the file anew."""
        return Runner(self._file, self.samples[0], self._threads)

    def warm_up(self, seconds: float) -> float:
        """Runs it until its time is stable, three as fast as the three before; its first ms."""
        self.open()
        start = time.perf_counter()
        runner = self.open()
        runner.run(self.samples[0])
        first_ms = (time.perf_counter() - start) * 1e3
        stop, times = time.monotonic() + seconds, []
        for _ in range(MOST_WARM_UPS):
            times.append(time_block(runner.invoke, 1)[0])
            now, earlier = sorted(times[-3:]), sorted(times[-6:-3])
            if len(times) >= 6 and abs(now[1] - earlier[1]) <= 0.05 * now[1]:
                break
            if time.monotonic() > stop:
                break
        known = sorted(time for time in times[-3:] if time > 0)
        self.warm_ms = known[len(known) // 2] if known else 1.0
        return first_ms

    def repeat(self, first_ms: float) -> None:
        """So often that a block takes about a millisecond; as often as the baseline if alike.

        Inferences get faster within a block, so the number of them must not make a difference.
        """
        alike = first_ms / ALIKE <= self.warm_ms <= first_ms * ALIKE
        self.repeats = max(1, round(BLOCK_MS / (first_ms if alike else self.warm_ms)))


def preemptions() -> int:
    """How often the system took the CPU away from this thread; only Linux tells."""
    if sys.platform != "linux":
        return 0
    import resource  # noqa: PLC0415 (Windows has none)

    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def time_block(invoke: Callable[[], None], repeats: int) -> tuple[float, float, bool]:
    """Wall and CPU milliseconds of one call, and whether the block was interrupted."""
    switches = preemptions()
    cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
    for _ in range(repeats):
        invoke()
    wall, cpu = time.perf_counter_ns() - wall, time.thread_time_ns() - cpu
    return (
        wall / repeats / 1e6 if wall > 0 else math.nan,
        cpu / repeats / 1e6 if cpu >= 0 else math.nan,
        preemptions() > switches,
    )


def measure(
    contenders: dict[int, Contender],
    count: int,
    seconds: float,
    *,
    threads: int = 1,
    seed: int = 20,
    on_sitting: Callable[[float], None] = lambda _: None,
) -> tuple[Any, Any, Any, set[int]]:
    """Times all files in turn; the first is the baseline.

    Returns:
        Wall and CPU milliseconds and whether it was interrupted, each (sittings, rounds, files)
        with NaN for what was not timed; and which files were as exact as wanted.
    """
    began, chance = time.monotonic(), random.Random(seed)  # noqa: S311 (no secret)
    first_ms = next(iter(contenders.values())).warm_ms if contenders else BLOCK_MS
    for one in contenders.values():
        one.repeat(first_ms)
    round_seconds = sum(one.warm_ms * (1 + one.repeats) for one in contenders.values()) / 1e3
    affordable = seconds / SITTINGS / max(round_seconds, 1e-9)
    rounds = int(min(max(affordable, 1), ROUNDS))
    sittings: list[Any] = []
    racing, exact, longest = set(contenders), set[int](), 0.0
    runners: dict[int, Runner] = {}
    while racing and len(sittings) < MOST_SITTINGS:
        if sittings and time.monotonic() - began + longest >= seconds:
            break
        start = time.monotonic()
        # The last sitting's interpreters live until the new ones have memory of their own.
        runners = {i: contenders[i].open() for i in shuffled(racing, chance)}
        sittings.append(sitting(runners, contenders, (rounds, count), chance))
        longest = max(longest, time.monotonic() - start)
        on_sitting(min(1.0, (time.monotonic() - began) / seconds))
        if len(sittings) % SITTINGS == 0:
            times = np.stack(sittings, axis=1)
            exact |= {i for i in racing - {0} if known(times, i, threads)}
            racing = {0, *racing - exact} if racing - exact - {0} else set()
    wall, cpu, interrupted = np.stack(sittings, axis=1) if sittings else np.empty((3, 0, 0, count))
    return wall, cpu, interrupted == 1, exact if racing else set(contenders)


def shuffled(numbers: set[int], chance: random.Random) -> list[int]:
    """The same numbers in another order."""
    return chance.sample(sorted(numbers), len(numbers))


def sitting(
    runners: dict[int, Runner],
    contenders: dict[int, Contender],
    shape: tuple[int, int],
    chance: random.Random,
) -> Any:
    """Times of one sitting, (3, rounds, files)."""
    for i, runner in runners.items():
        runner.run(contenders[i].samples[0])
        time_block(runner.invoke, contenders[i].repeats)
    times = np.full((3, *shape), np.nan)
    for one_round in times.swapaxes(0, 1):
        place = chance.randrange(min(len(one.samples) for one in contenders.values()))
        for i in shuffled(set(runners), chance):
            runners[i].feed(contenders[i].samples[place])
            runners[i].invoke()  # not timed: it finds the caches full of another file's data
            timing = time_block(runners[i].invoke, contenders[i].repeats)
            if timing[0] < JUMP * contenders[i].warm_ms:  # never so if it is NaN
                one_round[:, i] = timing
    return times


def known(times: Any, file: int, threads: int) -> bool:
    """Whether a ratio's 95 % interval is within ± 2 %, as Liteweigh reckons it: the median's, by
    how far the share of sittings below it may be off, from a coin's error or from ten batches."""
    found = of_sittings(times, file, threads)
    if len(found) < BATCHES:
        return False
    middle = np.median(found)
    below = (found < middle) + 0.5 * (found == middle)
    shares = np.array([batch.mean() for batch in np.array_split(below, BATCHES)])
    spread = STUDENT * shares.std(ddof=1) / math.sqrt(BATCHES)
    reach = max(NORMAL * 0.5 / math.sqrt(len(found)), spread)
    low, high = np.quantile(found, [max(0.0, 0.5 - reach), min(1.0, 0.5 + reach)])
    return bool((high - low) / 2 <= PRECISION * middle)


def of_sittings(times: Any, file: int, threads: int) -> Any:
    """For each sitting the median ratio to the baseline, without rounds that were interrupted.

    Where that leaves too few, CPU times serve, which hardly see what else the machine does.
    """
    wall, cpu, interrupted = times
    ratios = wall[..., file] / wall[..., 0]
    timed = ~np.isnan(ratios)
    clean = timed & (interrupted[..., file] != 1) & (interrupted[..., 0] != 1)
    if clean.sum() >= 0.5 * timed.sum():
        timed = clean
    elif threads == 1 and (cpu[..., 0][timed] > 0).all():
        ratios = cpu[..., file] / cpu[..., 0]
    return np.array([np.median(r[t]) for r, t in zip(ratios, timed, strict=True) if t.any()])


# ---- one file in a process of its own ----------------------------------------------------------


def samples_of(file: dict[str, Any]) -> list[list[Any]]:
    """The inputs of each sample, as the file takes them."""
    with np.load(HERE / file["inputs"]) as kept:
        return [
            [kept[f"{place}-{sample}"] for place in range(file["takes"])]
            for sample in range(file["samples"])
        ]


def check(file: dict[str, Any], threads: int) -> dict[str, Any]:
    """Runs all samples once: how far the outputs are off, and what memory that took."""
    samples = samples_of(file)
    before = resident()
    runner = Runner(HERE / file["file"], samples[0], threads)
    outputs = [runner.run(sample) for sample in samples]
    peak = resident("VmHWM")
    memory = None
    if before and peak:
        memory = {"peak_bytes": peak, "model_bytes": max(0, peak - before)}
    with np.load(HERE / file["expected"]) as kept:
        compared = [
            compare(
                [each[place] for each in outputs],
                [kept[f"{place}-{sample}"] for sample in range(len(samples))],
                **one,
            )
            for place, one in enumerate(file["gives"])
        ]
    return {"memory": memory, "xnnpack": runner.xnnpack, "outputs": compared, "error": None}


def compare(
    found: Sequence[Any], expected: Sequence[Any], scale: float, zero_point: int
) -> dict[str, Any]:
    """How far one output is off, in the unit of the float model.

    `max_error` is None where it is not finite, or has another shape; `same_top` counts the samples
    whose largest value stands in the same place.
    """

    def real(stored: Any) -> Any:
        values = np.asarray(stored, np.float64)
        return scale * (values - zero_point) if scale else values

    told = {"samples": len(expected), "step": scale, "max_error": None, "spread": None}
    wanted = [real(values) for values in expected]
    finite = [values[np.isfinite(values)] for values in wanted]
    every = np.concatenate([values.ravel() for values in finite]) if finite else np.zeros(0)
    told["spread"] = float(np.ptp(every)) if every.size else 0.0
    if any(a.shape != b.shape for a, b in zip(found, expected, strict=True)):
        return {**told, "same_top": 0}
    got = [real(values) for values in found]
    same = sum(
        a.size == 0 or int(a.argmax()) == int(b.argmax()) for a, b in zip(got, wanted, strict=True)
    )
    alike = all(
        np.array_equal(np.isfinite(a), np.isfinite(b)) for a, b in zip(got, wanted, strict=True)
    )
    if alike:
        apart = [
            np.abs(a - b)[np.isfinite(b)].max(initial=0) for a, b in zip(got, wanted, strict=True)
        ]
        told["max_error"] = float(max(apart, default=0.0))
    return {**told, "same_top": int(same)}


def resident(field: str = "VmRSS") -> int | None:
    """Bytes of memory of this process; None where the system does not tell."""
    found = re.search(rf"^{field}:\s+(\d+) kB", text_of(Path("/proc/self/status")), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def checked(number: int, threads: int) -> dict[str, Any]:
    """What `check` found in a process of its own, which a file may bring down."""
    beside = HERE / f".check-{number}.json"
    beside.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "run.py"), "--check", str(number)]
    command += ["--threads", str(threads), "--out", str(beside)]
    failed: dict[str, Any] = {"memory": None, "xnnpack": True, "outputs": []}
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=CHECK_SECONDS, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(beside.read_text("utf-8"))
        return found
    except subprocess.TimeoutExpired:
        return {**failed, "error": f"it did not end within {CHECK_SECONDS} seconds"}
    except (OSError, ValueError):
        said = " ".join(ended.stderr.decode("utf-8", "replace").split())[-200:]
        return {**failed, "error": f"its process ended with {ended.returncode}: {said}"}
    finally:
        beside.unlink(missing_ok=True)


# ---- the machine -------------------------------------------------------------------------------


def text_of(path: Path) -> str:
    """What a file of the system says; empty where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip("\0\n ")
    except OSError:
        return ""


def number_of(path: Path) -> int | None:
    """A whole number that a file of the system says."""
    text = text_of(path)
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def cpu_name() -> str:
    """Its model; of ARM the name of its cores."""
    told = text_of(Path("/proc/cpuinfo"))
    named = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    if named:
        return named[1].strip()
    parts = re.findall(r"^CPU part\s*:\s*(\w+)$", told, re.MULTILINE)
    names = sorted({ARM_PARTS.get(part, f"ARM part {part}") for part in parts})
    if names:
        return " and ".join(names)
    if sys.platform == "darwin":
        return said_by("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def board_name() -> str:
    """What the board or the computer is called; empty where it does not say."""
    tree = text_of(Path("/proc/device-tree/model"))
    maker = Path("/sys/class/dmi/id")
    names = (text_of(maker / "sys_vendor"), text_of(maker / "product_name"))
    return tree or " ".join(filter(None, names)) or said_by_mac()


def said_by_mac() -> str:
    """The model of a Mac; empty elsewhere."""
    return said_by("/usr/sbin/sysctl", "-n", "hw.model") if sys.platform == "darwin" else ""


def said_by(*command: str) -> str:
    """What a program of the system prints; empty where there is none."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def machine() -> dict[str, Any]:
    """What this is; its id is a digest, from which nothing of the machine can be read."""
    own = text_of(Path("/etc/machine-id"))
    return {
        "fingerprint": hashlib.sha256(f"liteweigh {own}".encode()).hexdigest() if own else "",
        "board": board_name()[:200],
        "cpu": cpu_name()[:200],
        "cores": os.cpu_count() or 1,
        "machine": platform.machine()[:50],
        "os": platform.platform()[:200],
        "python": platform.python_version(),
        "versions": {name: version for name, version in versions() if version},
    }


def versions() -> Iterator[tuple[str, str]]:
    """Of the libraries that matter."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    for name in ("ai-edge-litert", "numpy"):
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, ""


def state() -> dict[str, Any]:
    """How the machine is now: what makes it slower than it was, or than it will be."""
    cpus = sorted(Path("/sys/devices/system/cpu").glob("cpu[0-9]*"))
    scaling = [cpu / "cpufreq" for cpu in cpus]
    cooling = [
        number_of(one / "cur_state") or 0
        for one in Path("/sys/class/thermal").glob("cooling_device*")
        if "cpufreq" in text_of(one / "type") or text_of(one / "type").startswith("Processor")
    ]
    counts = [
        number_of(cpu / "thermal_throttle" / f"{kind}_throttle_count")
        for cpu in cpus
        for kind in ("core", "package")
    ]
    degrees = [
        number_of(zone / "temp") for zone in Path("/sys/class/thermal").glob("thermal_zone*")
    ]
    known_counts = [count for count in counts if count is not None]
    known_degrees = [degree / 1e3 for degree in degrees if degree is not None]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "governor": ", ".join(
            sorted({text_of(one / "scaling_governor") for one in scaling} - {""})
        ),
        "frequency_mhz": megahertz(scaling, "scaling_cur_freq"),
        "most_mhz": megahertz(scaling, "cpuinfo_max_freq"),
        "celsius": max(known_degrees) if known_degrees else None,
        "cooling": max(cooling) if cooling else None,
        "throttle_count": sum(known_counts) if known_counts else None,
        "firmware": raspberry(),
        "load": load,
    }


def megahertz(scaling: Sequence[Path], name: str) -> float | None:
    """The mean over all cores."""
    found = [hertz for one in scaling if (hertz := number_of(one / name)) is not None]
    return sum(found) / len(found) / 1e3 if found else None


def raspberry() -> int | None:
    """The bits of a Raspberry Pi's firmware: 0 to 3 hold it back now, 16 to 19 since it began.

    https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
    """
    told = text_of(Path("/sys/devices/platform/soc/soc:firmware/get_throttled"))
    told = told or said_by("vcgencmd", "get_throttled").partition("=")[2]
    found = re.fullmatch(r"(?:0x)?([0-9a-fA-F]{1,8})", told)
    return int(found[1], 16) if found else None


# ---- all together ------------------------------------------------------------------------------


def progress(what: str) -> Callable[[float], None]:
    """Prints how far it is, at most twice a second."""
    told = [0.0]

    def tell(share: float) -> None:
        if time.monotonic() - told[0] > 0.5 or share >= 1:
            told[0] = time.monotonic()
            print(f"{100 * share:3.0f} % {what}", flush=True)

    return tell


def plain(values: Any) -> Any:
    """An array as lists, with null for NaN; a millionth of a millisecond is exact enough."""
    return [
        [[None if math.isnan(x) else round(float(x), 6) for x in line] for line in each]
        for each in values
    ]


def summary(times: Any, file: int, threads: int) -> dict[str, Any]:
    """What a reader can hold the times to."""
    wall, _, interrupted = times
    ratios = of_sittings(times, file, threads)
    ratio = float(np.median(ratios)) if len(ratios) else None
    first, own = (median_of(times, each) for each in (0, file))
    return {
        "runs": int((~np.isnan(wall[..., file])).sum()),
        "preempted": int((interrupted[..., file] == 1).sum()),
        # In proportion to the baseline: what else the machine did moves both, the ratio hardly.
        "median_ms": ratio * first if ratio and first and own else own,
        "ratio": ratio,
    }


def median_of(times: Any, file: int) -> float | None:
    """Median milliseconds of a file, without rounds that were interrupted if enough are left."""
    wall, _, interrupted = times
    timed = ~np.isnan(wall[..., file])
    clean = timed & (interrupted[..., file] != 1)
    used = clean if clean.sum() >= 0.5 * timed.sum() else timed
    return float(np.median(wall[..., file][used])) if used.any() else None


def run(bundle: dict[str, Any], seconds: float, threads: int) -> dict[str, Any]:
    """Everything that `result.json` holds."""
    began, before, files = time.time(), state(), bundle["files"]
    found, contenders = [], {}
    tell = progress("checking outputs")
    for number, file in enumerate(files):
        tell(number / len(files))
        one = checked(number, threads)
        one["first_ms"] = None
        if one["error"] is None:
            contenders[number] = Contender(HERE / file["file"], samples_of(file), threads)
        found.append(one)
    budget = seconds * len(files)
    for number, contender in contenders.items():
        found[number]["first_ms"] = contender.warm_up(WARM_UP_SHARE * budget / len(files))
    wall, cpu, interrupted, exact = measure(
        contenders, len(files), budget, threads=threads, on_sitting=progress("measuring")
    )
    wall, cpu = np.round(wall, 6), np.round(cpu, 6)
    times = np.stack([wall, cpu, np.where(interrupted, 1.0, 0.0)])
    return {
        "format": "liteweigh device result",
        "schema": SCHEMA,
        "id": os.urandom(8).hex(),
        "study": bundle["study"],
        "began": began,
        "seconds": time.time() - began,
        "threads": threads,
        "device": machine(),
        "before": before,
        "after": state(),
        "files": [
            {
                "recipe": file["recipe"],
                "sha256": hashlib.sha256((HERE / file["file"]).read_bytes()).hexdigest(),
                **one,
                "repeats": contenders[number].repeats if number in contenders else 0,
                "exact": number in exact,
                **summary(times, number, threads),
            }
            for number, (file, one) in enumerate(zip(files, found, strict=True))
        ],
        "wall_ms": plain(wall),
        "cpu_ms": plain(cpu),
        "preempted": np.where(interrupted, 1, 0).tolist(),
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """What was found, in lines for whoever looks on."""
    for file in result["files"]:
        if file["error"]:
            yield f"{file['recipe']:<32} cannot be run: {file['error']}"
            continue
        median, ratio = file["median_ms"], file["ratio"]
        times = "not timed" if median is None else f"{median:9.3f} ms"
        beside = "" if ratio is None else f"  {ratio:6.3f} of the baseline"
        apart = max((one["max_error"] or 0.0 for one in file["outputs"]), default=0.0)
        broken = any(one["max_error"] is None for one in file["outputs"])
        off = "outputs are NOT as expected" if broken else f"outputs off by {apart:.3g} at most"
        yield f"{file['recipe']:<32} {times}{beside}  {off}"


def end_with_input() -> None:
    """Ends this program once nobody holds its standard input any more: the line is cut."""

    def watch() -> None:
        while os.read(0, 1):  # a buffered read would abort Python when this program ends
            pass
        os._exit(3)

    threading.Thread(target=watch, daemon=True).start()


def write(path: Path, content: object) -> None:
    """Writes a whole file or none."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(content, allow_nan=False), "utf-8")
    beside.replace(path)


def main() -> int:
    """0 where all was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / "result.json", help="where to write")
    parser.add_argument("--seconds", type=float, help="of timing for each file")
    parser.add_argument("--threads", type=int, default=1, help="of the interpreter; 1 without it")
    parser.add_argument("--check", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--end-with-input", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.end_with_input:
        end_with_input()
    bundle = json.loads(BUNDLE.read_text("utf-8"))
    if given.check is not None:
        try:
            told = check(bundle["files"][given.check], given.threads)
        except (RuntimeError, ValueError) as error:
            said = " ".join(str(error).split())[:300]
            told = {"memory": None, "xnnpack": True, "outputs": [], "error": said}
        write(given.out, told)
        return 0
    result = run(bundle, given.seconds or bundle["seconds"], given.threads)
    write(given.out, result)
    for line in table(result):
        print(line)
    print(f"\n{given.out} has it all. Give it to Liteweigh: the page Devices, or\n"
          f"  liteweigh device import STUDY {given.out.name}")  # fmt: skip
    return int(any(file["error"] for file in result["files"]))


if __name__ == "__main__":
    sys.exit(main())
