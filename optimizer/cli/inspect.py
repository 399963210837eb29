"""cli/: liteweigh inspect."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import (
    AsJson,
    Inputs,
    Model,
    Outputs,
    Quiet,
    SelectTfOps,
    Sizes,
    Trust,
    open_options,
)
from optimizer.cli.terminal import Terminal
from optimizer.face import existing
from optimizer.jobs.local import scheduler_in
from optimizer.techniques.registry import TECHNIQUES


def inspect(
    model: Model,
    *,
    size: Sizes = None,
    inputs: Inputs = "",
    outputs: Outputs = "",
    select_tf_ops: SelectTfOps = False,
    trust: Trust = False,
    quiet: Quiet = False,
    as_json: AsJson = False,  # noqa: ARG001 (it always is)
) -> ExitCode:
    """What a model is and which techniques fit it, as JSON."""
    path = existing(model)
    decided = open_options(size, inputs, outputs, select_tf_ops=select_tf_ops, trust=trust)
    with (
        Terminal(quiet=quiet, as_json=True) as terminal,
        tempfile.TemporaryDirectory() as home,
        scheduler_in(Path(home), workers=1) as scheduler,
    ):
        opening = scheduler.open_model(path, path.stem, decided)
        summary = terminal.wait_for(path.name, opening).index.model.summary
        techniques = {
            name: {"fits": reason is None, "reason": reason}
            for name, kind in TECHNIQUES.items()
            for reason in [kind.misfit(summary, None)]
        }
        fits = [
            {"name": fit.name, "kind": fit.kind, "parameters": fit.parameters, **fit.obstacles}
            for fit in summary.fits
        ]
        terminal.document({**asdict(summary), "fits": fits, "techniques": techniques})
    return ExitCode.ALL_WELL
