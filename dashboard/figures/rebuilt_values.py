"""dashboard/figures/: a sample as it was given, and as two files rebuild it."""

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.colours import NEUTRAL
from dashboard.figures.house_style import in_house_style
from dashboard.figures.masks import LEAST_WIDTH, Pixels
from optimizer.arrays import Float32s

HEIGHT = 240  # pixels
GIVEN = "#0d9488"
MINE = "#d55e00"
CHANNELS = {1, 3}


def pictures(*samples: Float32s) -> list[Pixels] | None:
    """Samples (height, width, 1 or 3) as 8-bit pictures of one scale; None where they are none."""
    shape = samples[0].shape
    if len(shape) != 3 or shape[-1] not in CHANNELS:
        return None
    low, high = (float(end) for end in (samples[0].min(), samples[0].max()))
    times = max(1, -(-LEAST_WIDTH // shape[1]))
    shown = []
    for sample in samples:
        bright = np.nan_to_num((sample - low) / ((high - low) or 1.0) * 255).clip(0, 255)
        pixels = np.repeat(bright, 3, axis=2) if shape[-1] == 1 else bright
        shown.append(pixels.astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1))
    return shown


def errors(given: Float32s, answer: Float32s, largest: float) -> Pixels:
    """How far each pixel is off, black where it is right and red where it is off by `largest`."""
    apart = np.nan_to_num(np.abs(answer - given).mean(axis=2) / (largest or 1.0)).clip(0, 1)
    times = max(1, -(-LEAST_WIDTH // given.shape[1]))
    pixels = (apart[..., None] * np.array([220, 38, 38])).astype(np.uint8)
    shown: Pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
    return shown


def lines(given: Float32s, expected: Float32s, answer: Float32s) -> go.Figure:
    """The values of one sample, in their order.

    Args:
        given: What should be rebuilt.
        expected: What the float32 file makes of it.
        answer: What the other file makes of it.
    """
    drawn = go.Figure()
    for name, values, colour in (
        ("Given", given, GIVEN), ("float32", expected, NEUTRAL), ("This file", answer, MINE),
    ):  # fmt: skip
        drawn.add_scatter(
            y=values.ravel(), name=name, mode="lines", line={"color": colour, "width": 2},
            hovertemplate="%{x}: %{y:.4g}<extra>" + name + "</extra>",
        )  # fmt: skip
    drawn.update_xaxes(title="Value of the sample, from 0")
    return in_house_style(drawn, HEIGHT, showlegend=True)
