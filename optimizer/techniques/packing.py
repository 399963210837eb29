"""techniques/: what a recipe may end with: writes a finished file in fewer bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from optimizer.arrays import Array
from optimizer.reporting import Report
from optimizer.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Packed:
    """What a packing made of a file. It says the same, bit for bit, as was seen there.

    Attributes:
        runs_on: Where it runs alone, by the key of that target.
        runtime: What it was checked in, with its version.
        tensors: How many weight tensors were packed.
        samples: On how many the outputs of both files were compared, and were the same.
        unpacked_bytes: Of the file that was packed.
        arena_bytes: What the packed file needs there; None where no arena was found.
        head_bytes: Of that, what activations take and share, unpacked weights among them.
        unpacked_arena_bytes: What the file that was packed needs there.
    """

    runs_on: str
    runtime: str
    tensors: int
    samples: int
    unpacked_bytes: int
    arena_bytes: int | None
    head_bytes: int | None
    unpacked_arena_bytes: int | None


@dataclass(frozen=True)
class Checked:
    """On what a packed file is held against the one that it was made of.

    Attributes:
        samples: How many there are.
        fed: Gives the inputs of a sample as the file takes them, in its order.
        outputs: How many outputs the file has.
        activations: Bytes that activations take, as far as the file tells.
        macs: Of one inference.
    """

    samples: int
    fed: "Callable[[int], Sequence[Array]]"
    outputs: int
    activations: int
    macs: int


class Packing(Technique):
    """The last step of a recipe, behind the conversion, which makes the file that is packed.

    What the file says is not changed by a bit, which is checked on every evaluation sample: so the
    accuracy is that of the unpacked file. It runs in one runtime only, and has no latency here.

    Class attributes:
        packer: The function that packs the content of a file, `module:name`; a script can carry it.
            Empty where none can.
    """

    packer: ClassVar[str] = ""

    def pack(self, file: Path, packed: Path, checked: Checked, report: Report) -> Packed:
        """Writes what is shipped in the place of a file.

        Args:
            file: The `.tflite` that the conversion made.
            packed: Where the other goes.
            checked: The evaluation samples.
            report: Is told what is being done.

        Raises:
            ConversionError: it cannot be packed, would be no smaller, or says something else then.
        """
        raise NotImplementedError
