"""data/sources/: a toy: an .npz behind a seal of four bytes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.arrays import Arrays
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.source import Content, Given
from optimizer.models.summary import ModelSummary

SEAL = b"TOYD"


@data_format
class SealedArrays(DataFormat):
    """Arrays that have to be unsealed first."""

    title = "sealed arrays"
    accepted = "a sealed .npz"
    rank = 5

    def begins(self, head: bytes) -> bool:
        """See `DataFormat.begins`."""
        return head.startswith(SEAL)

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        unsealed = []
        for at, one in enumerate(given):
            file = work / f"{at}.npz"
            file.write_bytes(one.path.read_bytes()[len(SEAL) :])
            unsealed.append(replace(one, path=file))
        return replace(Arrays().open(unsealed, summary, options, work), kind=self.title)
