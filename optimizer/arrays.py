"""optimizer/: the types of arrays that pass between rooms, by what they hold."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
"""An array of any type."""

Float32s = npt.NDArray[np.float32]
"""What models take and give."""

Float64s = npt.NDArray[np.float64]
"""What is computed of them."""

Int64s = npt.NDArray[np.int64]

Indices = Int64s
"""Positions of samples."""

Bytes = npt.NDArray[np.uint8]
"""The content of a file, or of a part of one."""
