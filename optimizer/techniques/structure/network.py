"""techniques/structure/: what is written down while units are followed through a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimizer.techniques.structure.units import Ids, Units

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Flow:
    """A tensor of the network.

    Attributes:
        shape: Without the batch; None where the network leaves a size open.
        units: Those of its last axis; None where it has no axis, or one of open length.
    """

    shape: Shape
    units: Ids | None

    @property
    def inner(self) -> Shape:
        """All axes but the last."""
        return self.shape[:-1]


@dataclass(frozen=True)
class Product:
    """Multiply-accumulate operations: a number, times how many of some units are kept."""

    times: int
    units: tuple[Ids, ...]


@dataclass
class Network:
    """Which units each weight of each layer has along which axis, and what else depends on them.

    Attributes:
        units: All of them.
        weights: By layer and by the place of one of its weights the units along its axes.
        used: By layer the weights and axes that take channels of others and mix them.
        settings: By layer and argument of its constructor the units whose number it is.
        owned: By layer the units that it makes, in the order of its output channels.
        stays: By layer, for those whose own weights are never cut, why.
        products: All multiply-accumulate operations that are known of.
    """

    units: Units = field(default_factory=Units)
    weights: dict[str, dict[int, dict[int, Ids]]] = field(default_factory=dict)
    used: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    settings: dict[str, dict[str, Ids]] = field(default_factory=dict)
    owned: dict[str, Ids] = field(default_factory=dict)
    stays: dict[str, str] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)

    def own(self, layer: Any, count: int, setting: str) -> Ids:
        """The units that a layer makes, which are the same in each of its calls.

        Args:
            layer: The layer.
            count: How many.
            setting: The argument of its constructor that says how many.
        """
        if layer.name not in self.owned:
            self.owned[layer.name] = self.units.fresh(count)
            self.settings.setdefault(layer.name, {})[setting] = self.owned[layer.name]
        return self.owned[layer.name]

    def takes(self, layer: Any, weight: Any, axis: int, units: Ids) -> None:
        """Says that a kernel takes these units along an axis, and makes others of all of them."""
        self.along(layer, weight, axis, units)
        place = _place(layer, weight), axis % len(weight.shape)
        self.used[layer.name] = tuple(dict.fromkeys((*self.used.get(layer.name, ()), place)))

    def along(self, layer: Any, weight: Any, axis: int, units: Ids) -> None:
        """Says that a weight of a layer has these units along an axis.

        Where the layer was called before, those of that call are tied to these: one weight serves
        both.
        """
        if weight is None:
            return
        axes = self.weights.setdefault(layer.name, {}).setdefault(_place(layer, weight), {})
        axis %= len(weight.shape)
        if axis in axes:
            self.units.unite(axes[axis], units)
        else:
            axes[axis] = units

    def multiply(self, times: int, *units: Ids) -> None:
        """Adds multiply-accumulate operations."""
        self.products.append(Product(times, units))

    def fix(self, flow: Flow, reason: str) -> None:
        """Says that all channels of a tensor have to stay, and why."""
        if flow.units is not None:
            self.units.fix(flow.units, reason)

    def fixed(self, shape: Shape, reason: str) -> Flow:
        """A tensor whose channels have to stay."""
        if not shape or shape[-1] is None:
            return Flow(shape, None)
        units = self.units.fresh(shape[-1])
        self.units.fix(units, reason)
        return Flow(shape, units)

    def tied(self, flows: Sequence[Flow], shape: Shape) -> Flow:
        """What an operation that takes tensors place by place makes of them.

        A tensor with one channel may be spread over all channels of the others; it then stays.
        """
        width = shape[-1] if shape else None
        if width is None or any(flow.units is None for flow in flows):
            for flow in flows:
                self.fix(flow, "meets a tensor of open size")
            return self.fixed(shape, "meets a tensor of open size")
        wide = [flow.units for flow in flows if flow.units is not None and len(flow.units) == width]
        for flow in flows:
            if flow.units is not None and len(flow.units) != width:
                self.fix(flow, "is spread over all channels of another tensor")
        for other in wide[1:]:
            self.units.unite(wide[0], other)
        return Flow(shape, wide[0])


def _place(layer: Any, weight: Any) -> int:
    """The place of a weight among those of its layer."""
    return next(at for at, each in enumerate(layer.weights) if each is weight)


def repeated(units: Ids, times: int) -> Ids:
    """All units one after the other, so many times: as `flatten` puts the places of a picture."""
    return np.tile(units, times)
