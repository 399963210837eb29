"""dashboard/figures/: the colour of what belongs to no family of techniques, as the baseline's."""

NEUTRAL = "#8b939c"
FADED = 0.35  # how opaque what is not chosen is, beside what is
INK = {"light": "#1b2430", "dark": "#e6eaee"}  # texts, by theme: `textColor` of config.toml
