"""export/report/: how all this is known, for whoever doubts it."""

from collections.abc import Iterator

from optimizer.choose.choice_in_words import sets_tried
from optimizer.choose.loss_unit import by_noise, headline
from optimizer.export.report.markup import Markup, tag
from optimizer.export.report.told import Told
from optimizer.words import number

OF_SHARES = (
    "The bound on the share of answers that are lost is Tango’s score interval for pairs "
    "(Statistics in Medicine 17, 1998); where fewer than 30 answers changed, that of the exact "
    "unconditional test (Hsueh, Liu and Chen, Biometrics 57, 2001)."
)
OF_MEANS = (
    "The bound on the mean loss is the wider of Student’s t for pairs and Hall’s transformation of "
    "it, which allows for skewness (J. R. Stat. Soc. B 54, 1992)."
)
OF_ALL = (
    "The metric is one of all samples together: the bound on its loss comes from resamples that "
    "draw the same samples for both files."
)


def method(told: Told) -> Markup:
    """A box with a paragraph for each question that a sceptic has."""
    return tag(
        "section",
        tag("h2", "Method, for sceptics"),
        tag("dl", *(tag("div", tag("dt", asked), tag("dd", said)) for asked, said in _said(told))),
        class_="box",
    )


def _said(told: Told) -> Iterator[tuple[str, str]]:
    data, confidence = told.index.dataset, number(100 * told.choice.limits.confidence, ".4g")
    yield (
        "What was judged?",
        "The .tflite files themselves, run by the LiteRT interpreter, not the model that they were "
        "made of. The baseline is the float32 file of the model as it came.",
    )
    if data is not None and not data.synthetic:
        yield (
            "On which samples?",
            f"{data.evaluation:,} for evaluation, which are read for the proofs and these numbers "
            f"alone. None of them is among the {data.training:,} for training, the "
            f"{data.calibration:,} that ranges of integers are measured on, or the "
            f"{data.tuning:,} for tuning, which are all that a search may look at.",
        )
        yield (
            "What is “held”?",
            "Baseline and file answer the same samples. A limit on the loss is held where the "
            f"one-sided {confidence} % confidence bound of what the file lost lies within it, "
            "broken where even the other bound lies beyond it, and open in between. "
            + _bound(told),
        )
        yield (
            "Were many files tried until one fitted?",
            "The order in which losses are tested was fixed by the tuning samples and the sizes "
            "alone, from the safest to the boldest, and the testing ends at the first that is not "
            f"held. So the chance of one broken promise stays below {_error(told)} % however many "
            "files there are (Maurer, Hothorn and Lehmacher, 1995). " + sets_tried(told.index),
        )
    if any(row.variant.latency for row in told.rows):
        yield (
            "How was latency measured?",
            "In turn with the baseline, round by round, so that what else the machine does weighs "
            "on both alike; the ratio has a 95 % interval.",
        )
    yield (
        "What is not known?",
        "How the file does on data of another kind than these, and on other devices. The arena is "
        "computed from the file; where it can run is told by published lists, not by a trial.",
    )


def _bound(told: Told) -> str:
    kind, loss = headline(told.index), told.choice.limits.loss
    if kind is not None and kind.score is None:
        return OF_ALL
    of_shares = kind.proportion if kind else not by_noise(told.index)
    return OF_SHARES if of_shares and not (loss and loss.relative) else OF_MEANS


def _error(told: Told) -> str:
    return number(100 * (1 - told.choice.limits.confidence), ".4g")
