"""techniques/: the families of techniques, and the colour that each keeps throughout the app.

The colours are middle tones, so that they stand out from a light and from a dark page alike (3:1 at
least, but for the older amber on white); the baseline is grey. Those of training also differ in
lightness, so that people who cannot tell red from green can tell them apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """What a technique belongs to. A technique that fits none of these declares one of its own.

    Attributes:
        name: What the legend calls it.
        colour: In every figure and table, as `#rrggbb`.
    """

    name: str
    colour: str


BASELINE = Family("baseline", "#8b939c")
HALF = Family("16-bit float", "#3b82f6")
WEIGHTS = Family("8-bit weights", "#d98a1f")
INTEGER = Family("8-bit integer", "#12a594")
MIXED = Family("16-bit × 8-bit", "#a35ad9")
SHRUNK = Family("shrunk", "#6b63c8")
FACTORIZED = Family("factorized", "#7d7f2e")
FINETUNED = Family("fine-tuned", "#427392")
PRUNED = Family("pruned", "#2b8a34")
CLUSTERED = Family("clustered", "#cf2f94")
QAT = Family("quantization-aware", "#e0533d")
BROUGHT = Family("brought", "#9c6b4a")
