"""dashboard/figures/: one colour for each family of techniques, the same on every page and figure.

Middle tones, so that they stand out from a light and from a dark page alike (3:1 at least, but for
the older amber on white); the baseline is grey. Those of training also differ in lightness, so that
people who cannot tell red from green can tell them apart.
"""

from optimizer.techniques.technique import Family

FAMILY_COLOURS = {
    Family.BASELINE: "#8b939c",
    Family.HALF: "#3b82f6",
    Family.WEIGHTS: "#d98a1f",
    Family.INTEGER: "#12a594",
    Family.MIXED: "#a35ad9",
    Family.FINETUNED: "#427392",
    Family.PRUNED: "#2b8a34",
    Family.CLUSTERED: "#cf2f94",
    Family.QAT: "#e0533d",
}
NEUTRAL = "#8b939c"
FADED = 0.35  # how opaque what is not chosen is, beside what is
