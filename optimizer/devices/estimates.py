"""devices/: what is known of a file on chips that are not here, and how it is known."""

from dataclasses import dataclass

MEASURED_HERE, ESTIMATED = "measured in TFLite Micro here", "estimated by Vela"
VELA_WARNING = (
    "Vela estimates from the file alone, for a chip with its default memories. Arm says that its "
    "times are no accurate picture of performance: compare files by them, and measure on the chip."
)


@dataclass(frozen=True)
class MicroArena:
    """What TFLite Micro's own interpreter needed for a file here.

    Attributes:
        version: Of its package.
        arena_bytes: The smallest arena with which it ran here, in steps of 16 bytes, on 64 bits; on
            32 bits a little less suffices. None where it did not run.
        head_bytes: Of that, what activations take and share; the rest, the tail, stays for as long
            as the interpreter does.
        reason: Why it did not run, in a sentence; else None.
    """

    version: str
    arena_bytes: int | None
    head_bytes: int | None
    reason: str | None

    @property
    def tail_bytes(self) -> int | None:
        """What stays taken."""
        if self.arena_bytes is None or self.head_bytes is None:
            return None
        return self.arena_bytes - self.head_bytes


@dataclass(frozen=True)
class NpuEstimate:
    """What Vela says of a file on an Ethos-U.

    Attributes:
        accelerator: As Vela calls it, such as "ethos-u55-128".
        clock_mhz: That it reckons with.
        cycles: Of one inference; None where nothing of the file runs there.
        milliseconds: The same at that clock.
        sram_bytes: That it needs.
        flash_bytes: That it needs, on the chip or beside it.
        on_npu: How many operators run there, once Vela has split and joined them.
        on_cpu: The kinds that fall back to the CPU, sorted.
        reason: Why there is no estimate, in a sentence; else None.
    """

    accelerator: str
    clock_mhz: float | None
    cycles: int | None
    milliseconds: float | None
    sram_bytes: int | None
    flash_bytes: int | None
    on_npu: int
    on_cpu: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True)
class Estimate:
    """What is known of one file.

    Attributes:
        recipe: Of the variant.
        sha256: Of the file; one that was made anew since has other numbers.
        missing: Operators that TFLite Micro cannot run, each with the reason, by its sources.
        micro: None where TFLite Micro is not installed.
        vela: The version of Vela; empty where it is not installed.
        npus: One for each accelerator that was asked for.
    """

    recipe: str
    sha256: str
    missing: tuple[str, ...]
    micro: MicroArena | None
    vela: str
    npus: tuple[NpuEstimate, ...]
