"""dashboard/: one colour for each family of techniques, the same on every page and figure.

Middle tones, so that they stand out from a light and from a dark page alike; the baseline is grey.
"""

from optimizer.techniques.technique import Family

FAMILY_COLOURS = {
    Family.BASELINE: "#8b939c",
    Family.HALF: "#3b82f6",
    Family.WEIGHTS: "#d98a1f",
    Family.INTEGER: "#12a594",
    Family.MIXED: "#a35ad9",
}
NEUTRAL = "#8b939c"
