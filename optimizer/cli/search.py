"""cli/: liteweigh search."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.choose.choice import HELD
from optimizer.choose.comparison import compare
from optimizer.choose.decide import decide
from optimizer.choose.known import known
from optimizer.choose.limit_texts import LimitTexts
from optimizer.choose.quick_search import QuickSearch
from optimizer.choose.search_in_words import how_far, told, why_not_smaller
from optimizer.cli.choose import tell
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
from optimizer.export.lines import line, named
from optimizer.export.results import results, write_results
from optimizer.face import OpenStudy, reopen
from optimizer.jobs.searches import Search
from optimizer.workers.progress import Progress

GLANCE = 0.1  # seconds between two looks at how far it is
WHAT = "search"


def search(  # noqa: PLR0913 (a parameter is an option)
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
    """Find the smallest file that is proved to hold the limits, without training."""
    texts = LimitTexts(
        max_loss, max_size, max_memory, max_latency, must_run, confidence, io, device
    )
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        index = opened.study.index
        limits = texts.over(index)
        decide(opened.study, limits)
        for warning in warnings.of_study(opened.study.index):
            terminal.say(f"warning: {warning}")
        begun = opened.scheduler.search(opened.study, QuickSearch(opened.scheduler))
        _wait(begun, opened, terminal)
        if begun.error:
            terminal.remark(f"The search ended early. {begun.error}")
        for row in compare(opened.study):
            terminal.say(line(row))
        choice = decide(opened.study)
        tell(choice, opened.study.index, terminal)
        why = why_not_smaller(opened.study, choice)
        if why:
            terminal.say(f"why not smaller: {why}")
        path = write_results(opened.study)
        terminal.say(f"{path} has all results.")
        if as_json:
            terminal.document(results(opened.study))
    held = choice.verdict == HELD and begun.error is None
    return ExitCode.ALL_WELL if held else ExitCode.SOME_FAILED


def _wait(search: Search, opened: OpenStudy, terminal: Terminal) -> None:
    """Shows how far it is, and tells of each recipe once it was tried; Ctrl+C stops it."""
    before = set(known(opened.study))
    try:
        while not search.wait(GLANCE):
            _tell_new(before, opened, terminal)
            terminal.show(WHAT, Progress(how_far(search), min(1.0, len(before) / 40)))
    except BaseException:
        search.stop()
        search.wait()
        raise
    _tell_new(before, opened, terminal)
    terminal.ended(WHAT)


def _tell_new(before: set[str], opened: OpenStudy, terminal: Terminal) -> None:
    for one in opened.study.index.tried:
        if one.recipe not in before:
            before.add(one.recipe)
            terminal.say(f"{named(one.recipe)} {told(one, opened.study)}")
