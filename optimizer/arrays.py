"""optimizer/: the types of arrays that pass between rooms."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
"""An array of any type."""
