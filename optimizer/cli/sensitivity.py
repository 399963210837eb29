"""cli/: liteweigh sensitivity."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export.sensitivity_lines import float_times, lines
from optimizer.face import reopen
from optimizer.jobs.estimate import metric_seconds
from optimizer.words import rough_duration


def sensitivity(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    *,
    metric: Annotated[
        bool,
        typer.Option("--metric", help="Measure the metric on the tuning role, too; takes long."),
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """What each operator of the float .tflite costs int8: alone in int8, and alone in float."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        expected = metric_seconds(opened.study.index) if metric else None
        if expected is not None:
            terminal.remark(f"The metric of every operator takes {rough_duration(expected)}.")
        found = terminal.wait_for(
            "sensitivity", opened.scheduler.sensitivity(opened.study, metric=metric)
        )
        times = float_times(opened.study, found)
        for line in lines(found, times):
            terminal.say(line)
        if as_json:
            content = asdict(found)
            for one in content["operators"]:
                one["milliseconds"] = times.get(one["number"])
            terminal.document(content)
    return ExitCode.ALL_WELL
