"""export/kits/: the page that lies in every kit."""

from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Kit
from optimizer.export.kits.texts import code_span, one_shown_line
from optimizer.words import sizes

MOST_LABELS = 12


def readme(contents: Contents, kind: Kit, files: list[str]) -> str:
    """One page of Markdown: what is in the kit, how to run it, what goes in and comes out."""
    run = "".join(f"    {line}\n" for line in kind.run)
    return "\n".join(
        [
            f"# {code_span(contents.name)} for {kind.title}",
            "",
            f"{kind.summary} Made by {contents.made_by} with the recipe "
            f"{code_span(contents.recipe)}. {contents.says}".rstrip(),
            "",
            *(["## Try it", "", run] if run else []),
            "## What goes in",
            "",
            *(_input_line(contents, place) for place in range(len(contents.inputs))),
            "",
            "The code of this kit scales and quantizes by itself, exactly as it was done when the "
            "file was measured. Give raw values.",
            "",
            "## What comes out",
            "",
            *(_output_line(contents, place) for place in range(len(contents.outputs))),
            "",
            "## Test vectors",
            "",
            f"{len(contents.vectors)} samples of the evaluation data, with the outputs that "
            "this file gave them when it was packed. Another CPU rounds a little differently; "
            "`model.json` says how much is allowed.",
            "",
            "## What was checked",
            "",
            kind.checked,
            "",
            "## Files",
            "",
            *(f"- {code_span(name)}" for name in files if not name.startswith("vectors/")),
            "",
            f"SHA-256 of `model.tflite`: `{contents.sha256}`",
            "",
        ]
    )


def _input_line(contents: Contents, place: int) -> str:
    one = contents.inputs[place]
    scaled = f"; {one_shown_line(contents.meaning)}" if one.steps else "; taken as it is"
    fed = one.tensor
    integers = (
        f"; the file itself takes {fed.dtype}, scale {fed.scale:.6g}, zero point {fed.zero_point}"
        if fed.scale
        else ""
    )
    return (
        f"- {code_span(one.called)}: {sizes(one.shape)}, raw values of {one.raw} from "
        f"{one.low:g} to {one.high:g}{scaled}{integers}"
    )


def _output_line(contents: Contents, place: int) -> str:
    one = contents.outputs[place]
    reading = next((each for each in contents.readings if each.output == place), None)
    told = "not judged in the study"
    if reading:
        told = {
            "class": "the class with the largest value",
            "labels": "every label whose value is above the threshold",
            "positions": "a class for each position",
            "values": "values in the unit of the labels",
            "anomaly": "the input rebuilt; an anomaly where the error is above the threshold",
            "raw": "as the model gives it",
        }[reading.kind]
        if reading.threshold is not None:
            told += f" (threshold {reading.threshold:.6g})"
        if reading.labels:
            shown = ", ".join(code_span(label) for label in reading.labels[:MOST_LABELS])
            more = len(reading.labels) - MOST_LABELS
            told += f": {shown}{f' and {more:,} more' if more > 0 else ''}"
    return f"- {code_span(contents.output_names[place])}: {sizes(one.shape[1:])}, {told}"
