"""techniques/: weights as numbers of values in a table, which TFLite Micro looks up."""

from pathlib import Path
from typing import Any

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import ConversionError
from optimizer.measure.micro import PACKAGE, micro_version, outputs_in_micro, run_in_micro
from optimizer.models.summary import ModelSummary
from optimizer.reporting import Report
from optimizer.techniques.family import CLUSTERED
from optimizer.techniques.packing import Checked, Packed, Packing
from optimizer.techniques.registry import technique

WORK = 2e9  # multiplications in one process of TFLite Micro's plain kernels: seconds
MOST_AT_ONCE = 256  # samples


@technique
class Lut(Packing):
    """Stores each weight as the number of its value: sixteen values in 4 bits in the place of 8.

    TFLite Micro's own compressor does it, and its TFLM_DECODE operator unpacks the weights of an
    operator into the arena before that runs.
    """

    name = "lut"
    label = "Lookup tables"
    summary = (
        "For TFLite Micro: weights that share few values, as after clustering, take the bits of a "
        "number in a table. Less flash, more RAM; same answers, bit for bit."
    )
    family = CLUSTERED
    rank = 200
    libraries = (PACKAGE,)
    packer = "optimizer.techniques.packings.lookup_tables:packed_here"

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """See `Technique.misfit`."""
        if model.select_tf_ops:
            return "TFLite Micro has none of TensorFlow’s own operators"
        if micro_version() is None:
            return (
                "it takes TFLite Micro, which is not installed: pip install 'liteweigh[micro]' "
                "(Linux on x86-64)"
            )
        return super().misfit(model, data)

    def pack(self, file: Path, packed: Path, checked: Checked, report: Report) -> Packed:
        """See `Packing.pack`."""
        from optimizer.techniques.packings.lookup_tables import (  # noqa: PLC0415 (workers only)
            compress,
            tables_for,
        )

        report("Packing weights into tables", 0.0)
        tables = tables_for(file)
        if not tables:
            raise ConversionError(
                "No weights share so few values that a table would make the file smaller. Put "
                "cluster(number_of_clusters=16) before the conversion."
            )
        runtime = micro_version()
        compress(file, packed, tables)
        before, after = file.stat().st_size, packed.stat().st_size
        if after >= before:
            raise ConversionError(
                f"With lookup tables the file would have {after:,} bytes in the place of "
                f"{before:,}. Leave lut out, or let the weights share fewer values."
            )
        first = [checked.fed(0)]
        plain = run_in_micro(file, first, checked.outputs, checked.activations)
        if plain.reason:
            raise ConversionError(
                f"Lookup tables are for TFLite Micro, which does not run the file. {plain.reason}"
            )
        small = run_in_micro(packed, first, checked.outputs, 2 * checked.activations + before)
        if small.reason:
            raise ConversionError(f"TFLite Micro does not run the packed file. {small.reason}")
        self._compare(file, packed, checked, report)
        return Packed(
            runs_on="tflite_micro",
            runtime=f"TFLite Micro {runtime}",
            tensors=len(tables),
            samples=checked.samples,
            unpacked_bytes=before,
            arena_bytes=small.arena_bytes,
            head_bytes=small.head_bytes,
            unpacked_arena_bytes=plain.arena_bytes,
        )

    def _compare(self, file: Path, packed: Path, checked: Checked, report: Report) -> None:
        """Runs both on every sample.

        Raises:
            ConversionError: a bit differs, or one of the two stops working.
        """
        step = int(min(MOST_AT_ONCE, max(1, WORK // max(1, checked.macs))))
        room = 2 * checked.activations + file.stat().st_size
        for begin in range(0, checked.samples, step):
            report("Comparing bit for bit in TFLite Micro", begin / checked.samples)
            places = range(begin, min(checked.samples, begin + step))
            fed = [checked.fed(at) for at in places]
            both = [outputs_in_micro(each, fed, checked.outputs, room) for each in (file, packed)]
            if None in both:
                raise ConversionError(
                    "TFLite Micro stopped while the packed file was compared; the log says more. "
                    "Leave lut out."
                )
            said, wanted = both
            for at, one, other in zip(places, said or (), wanted or (), strict=True):
                if any(not _same(a, b) for a, b in zip(one, other, strict=True)):
                    raise ConversionError(
                        f"In TFLite Micro the packed file says something else than the file that "
                        f"it was made of, first on evaluation sample {at}. So it is not kept. "
                        "Leave lut out."
                    )


def _same(one: Any, other: Any) -> bool:
    """Bit for bit: what is not a number is the same as itself."""
    return (one.dtype, one.shape) == (other.dtype, other.shape) and one.tobytes() == other.tobytes()
