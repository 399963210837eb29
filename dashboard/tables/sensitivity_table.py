"""dashboard/tables/: what int8 costs each operator, as a data frame."""

from collections.abc import Mapping

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.measure.sensitivity import Sensitivity


@exportable
def operators(found: Sensitivity, times: Mapping[int, float]) -> pd.DataFrame:
    """Every operator in the order of execution; the metric where it was asked for."""
    every = found.operators
    frame = pd.DataFrame(
        {
            "#": [one.number for one in every],
            "Operator": [one.name for one in every],
            "Alone in int8, dB": [one.alone_db for one in every],
            "Alone in float, dB": [one.left_db for one in every],
            "Weight bytes": [one.weight_bytes for one in every],
            "MACs": [one.macs for one in every],
            "Float ms": [times.get(one.number) for one in every],
            "Location": [one.location for one in every],
        }
    )
    if found.metric:
        frame.insert(4, f"{found.metric}, alone in int8", [one.alone_metric for one in every])
        frame.insert(5, f"{found.metric}, alone in float", [one.left_metric for one in every])
    return frame
