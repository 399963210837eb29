"""tests: what training steps can do with a layer, written down by hand."""

from optimizer.models.summary import LayerFit


def fit(
    name: str,
    kind: str,
    parameters: int,
    prune: str | None = None,
    cluster: str | None = None,
    qat: str | None = None,
) -> LayerFit:
    """A layer that these steps can reach, or why not."""
    return LayerFit(name, kind, parameters, {"prune": prune, "cluster": cluster, "qat": qat})
