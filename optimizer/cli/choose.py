"""cli/: liteweigh choose."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.choose.choice import HELD, Choice
from optimizer.choose.choice_in_words import in_words, loss_in_words, sets_tried
from optimizer.choose.comparison import compare
from optimizer.choose.decide import decide
from optimizer.choose.limit_texts import LimitTexts
from optimizer.choose.loss_unit import meant
from optimizer.choose.on_device import device_called
from optimizer.choose.pareto import front
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.limits import (
    Confidence,
    IoType,
    MaxLatency,
    MaxLoss,
    MaxMemory,
    MaxSize,
    MustRun,
    OnDevice,
)
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export import warnings
from optimizer.export.lines import named
from optimizer.export.results import results, write_results
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study


def choose(  # noqa: PLR0913 (a parameter is an option)
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    *,
    max_loss: MaxLoss = "",
    max_size: MaxSize = "",
    max_memory: MaxMemory = "",
    max_latency: MaxLatency = "",
    must_run: MustRun = "",
    confidence: Confidence = None,
    io: IoType = "",
    device: OnDevice = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """The smallest variant of a study that is proved to hold the limits, which it keeps."""
    texts = LimitTexts(
        max_loss, max_size, max_memory, max_latency, must_run, confidence, io, device
    )
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        opened = Study(study.resolve())
        try:
            choice = decide(opened, texts.over(opened.index))
            if choice.limits.device:
                there = device_called(opened.index, choice.limits.device)
                terminal.say(f"Latencies are those on {there.name}.")
            for warning in warnings.of_study(opened.index):
                terminal.say(f"warning: {warning}")
            for one in choice.proved[1:]:
                waits = f"; its turn comes after {one.waits_for}" if one.waits_for else ""
                loss = loss_in_words(one.loss, choice, opened.index)
                terminal.say(f"{named(one.variant.recipe)} {one.verdict.value:>6}  {loss}{waits}")
            best = ", ".join(one.variant.recipe for one in front(compare(opened)))
            terminal.say(f"Pareto front: {best or 'nothing was made yet'}")
            tell(choice, opened.index, terminal)
            write_results(opened)
            if as_json:
                terminal.document(results(opened))
        finally:
            opened.close()
    return ExitCode.ALL_WELL if choice.verdict == HELD else ExitCode.SOME_FAILED


def tell(choice: Choice, index: StudyIndex, terminal: Terminal) -> None:
    """The choice in a sentence, what its file expects, and what holds of all promises together."""
    terminal.say(f"choice: {in_words(choice, index)}")
    dataset = index.dataset
    if dataset and not dataset.synthetic and any(dataset.scaled):
        terminal.say(f"The files expect their inputs scaled so: {dataset.meaning()}.")
    for note in filter(None, (meant(index), sets_tried(index))):
        terminal.say(f"note: {note}")
