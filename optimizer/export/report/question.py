"""export/report/: what was asked: the model, the data, the limits, and what was found of each."""

from optimizer.choose.choice import default
from optimizer.choose.loss_unit import headline, meant, unit_of
from optimizer.choose.proofs import LOSS, Proof
from optimizer.export import numbers
from optimizer.export.limits_in_words import limits_in_words
from optimizer.export.report.limits_told import LimitTold, limit_told, loss_name
from optimizer.export.report.markup import Markup, code, tag, text, value
from optimizer.export.report.tables import table
from optimizer.export.report.told import Told
from optimizer.words import number

ROOM = 0.12  # of the picture of a loss, beyond what it shows


def question(told: Told) -> Markup:
    """The question in a sentence, then each limit with its proof."""
    meaning = meant(told.index)
    return tag(
        "section",
        tag("h2", "The question"),
        tag("p", *_asked(told)),
        tag("p", meaning, class_="note") if meaning else None,
        *_found(told),
    )


def _asked(told: Told) -> tuple[str, ...]:
    summary, data = told.index.model.summary, told.index.dataset
    weights = f", {numbers.count(summary.parameters)} weights" if summary.parameters else ""
    asked = (
        "What is the smallest .tflite that can be made of ",
        tag("strong", summary.name),
        f" ({summary.format}{weights}, {numbers.size(summary.size_bytes)}) with "
        f"{limits_in_words(told.index)}?",
    )
    if data is None:
        return (*asked, " There are no data yet, so that nothing can be judged.")
    if data.synthetic:
        return (*asked, " There were no data: nothing is known of what a file loses.")
    return (
        *asked,
        f" It was judged on {data.evaluation:,} evaluation samples of ",
        tag("strong", data.name),
        " that nothing else looked at.",
    )


def _found(told: Told) -> tuple[Markup, ...]:
    """Nothing before there are variants."""
    if told.row is None or told.proved is None:
        return ()
    confidence = number(100 * told.choice.limits.confidence, ".4g")
    rows = [_row(proof, limit_told(proof, told)) for proof in told.proved.proofs]
    which = "the choice" if told.chosen else "the file that comes nearest"
    if told.row is told.rows[0]:
        which = "the model as it came"
    return (
        tag("h3", "The limits, and what was found of ", which, ", ", code(_name(told))),
        table(
            ("Limit", "Allowed", "Found", f"At worst, with {confidence} % confidence", "Verdict"),
            rows,
            class_="proofs",
        ),
        *_picture(told.proved.loss, told),
    )


def _name(told: Told) -> str:
    return told.names[told.row.variant.recipe] if told.row else ""


def _row(proof: Proof, said: LimitTold) -> tuple[Markup, ...]:
    numeric = not said.found.isalpha() and said.found != "not known"
    return (
        text(said.name),
        value(proof.bound, said.allowed) if numeric else text(said.allowed),
        value(proof.value, said.found) if numeric else text(said.found),
        value(proof.high, said.high) if numeric and said.high != numbers.NONE else text(said.high),
        tag("span", proof.verdict.value, class_=f"verdict {proof.verdict.value}"),
    )


def _picture(loss: Proof, told: Told) -> tuple[Markup, ...]:
    """Where the loss lies beside what is allowed; nothing where it has no two ends."""
    if loss.limit != LOSS or None in {loss.value, loss.low, loss.high} or loss.low == loss.high:
        return ()
    assert loss.value is not None and loss.low is not None and loss.high is not None  # noqa: S101, PT018
    unit = unit_of(told.choice.limits.loss or default(told.index), headline(told.index))
    low, high = min(loss.low, 0.0), max(loss.high, loss.bound)
    span = high - low
    left, right = low - ROOM * span, high + ROOM * span

    def at(place: float) -> str:
        return f"{100 * (place - left) / (right - left):.2f}%"

    def between(begin: float, end: float) -> str:
        return f"left:{at(begin)};right:{100 - float(at(end)[:-1]):.2f}%"

    confidence = number(100 * told.choice.limits.confidence, ".4g")
    said = (
        f"{loss_name(told)}: {unit.told(loss.value)} found, between {unit.told(loss.low)} and "
        f"{unit.told(loss.high)}, each end with {confidence} % confidence; "
        f"{unit.told(loss.bound)} is allowed."
    )
    return (
        tag(
            "figure",
            tag(
                "div",
                tag("i", class_="room", style=between(left, loss.bound)),
                tag("i", class_="line zero", style=f"left:{at(0)}"),
                tag("i", class_="line limit", style=f"left:{at(loss.bound)}"),
                tag("i", class_=f"span {loss.verdict.value}", style=between(loss.low, loss.high)),
                tag("i", class_=f"dot {loss.verdict.value}", style=f"left:{at(loss.value)}"),
                tag("b", "nothing lost", class_="zero", style=f"left:{at(0)}"),
                tag(
                    "b",
                    f"allowed: {unit.told(loss.bound)}",
                    class_="allowed",
                    style=f"left:{at(loss.bound)}",
                ),
                class_="scale",
                role="img",
                aria_label=said,
            ),
            tag("figcaption", said),
        ),
    )
