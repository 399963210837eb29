"""dashboard/tables/: what a model is: its inputs and outputs, its layers, and what fits them."""

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.registry import TECHNIQUES
from optimizer.words import sizes


@exportable
def inputs_and_outputs(summary: ModelSummary) -> pd.DataFrame:
    """Inputs and outputs with their shapes and types."""
    rows = [("Input", spec) for spec in summary.inputs] + [
        ("Output", spec) for spec in summary.outputs
    ]
    return pd.DataFrame(
        {
            "": [kind for kind, _ in rows],
            "Name": [spec.name for _, spec in rows],
            "Shape": [sizes(spec.shape, empty="") for _, spec in rows],
            "Type": [spec.dtype for _, spec in rows],
        }
    )


@exportable
def layers(summary: ModelSummary) -> pd.DataFrame:
    """Layers by class."""
    return pd.DataFrame(
        {
            "Layer": [kind.name for kind in summary.layers],
            "Count": [kind.count for kind in summary.layers],
        }
    )


@exportable
def fits(summary: ModelSummary) -> pd.DataFrame:
    """What training-time techniques can do with each layer: ✓, or the reason why not."""
    frozen = [_frozen(fit) for fit in summary.fits]
    return pd.DataFrame(
        {
            "Layer": [fit.name for fit in summary.fits],
            "Type": [fit.kind for fit in summary.fits],
            "Parameters": [fit.parameters for fit in summary.fits],
            **({"Came frozen": frozen} if any(frozen) else {}),
        }
        | {
            TECHNIQUES[step].heading(): [fit.obstacles[step] or "✓" for fit in summary.fits]
            for step in choosing(summary)
        }
    )


def _frozen(fit: LayerFit) -> str:
    """What becomes of a layer that came frozen; empty for one that did not."""
    if not fit.frozen:
        return ""
    if fit.kind == "BatchNormalization":
        return "stays frozen"
    return "trained too, unless train_frozen is off"


def choosing(summary: ModelSummary) -> list[str]:
    """The names of the techniques of which is known what they can do with each layer."""
    return [name for name in TECHNIQUES if all(name in fit.obstacles for fit in summary.fits)]
